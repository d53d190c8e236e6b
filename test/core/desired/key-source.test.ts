import { type KeyPlace, keySource } from "@steward/core/desired/key-source";
import { describe, expect, test } from "vitest";
import { read } from "./reading.ts";

const of = (text: string, version: string | null, ...variables: string[]) =>
  keySource({ version, config: read(text), variables: variables.map((name) => ({ name, where: "aws.conf:2" })) });
const file = (path: string): KeyPlace => ({ kind: "file", path });
const object = (key: string): KeyPlace => ({ kind: "object", bucket: "packages", key });
const one = (place: KeyPlace, ...shadowed: KeyPlace[]) => ({ kind: "one", place, shadowed });
const unknown = (...readings: KeyPlace[]) => ({ kind: "unknown", readings, because: expect.any(String) });

const OLD = "2024.08.2-9";
const NEW = "2026.08.0";
const S3 = "[Storage]\nDefault = s3\n[S3Storage]\nBucket = packages\n";
const IN_PERSISTENT = "persistent/encryption/rstudio-pm.key";
const OLDER = file("/var/lib/rstudio-pm/rstudio-pm.key");
const NEWER = file(`/var/lib/rstudio-pm/${IN_PERSISTENT}`);

describe("older versions take the key from a file", () => {
  test.each([
    ["in the data folder", "", OLDER],
    ["in a data folder elsewhere", "[Server]\nDataDir = /data/\n", file("/data/rstudio-pm.key")],
    ["where the setting says", "[Server]\nEncryptionKeyPath = /etc/key\n", file("/etc/key")],
    ["even where packages are in S3", S3, OLDER],
  ])("%s", (_what, text, place) => {
    expect(of(text, OLD)).toEqual(one(place));
  });
});

describe("newer versions take the key from the persistent storage", () => {
  test.each([
    ["in the data folder", "", NEWER],
    ["in a data folder elsewhere", "[Server]\nDataDir = /data\n[Storage]\nPersistent = file\n", file(`/data/${IN_PERSISTENT}`)],
    ["in the bucket by default", S3, object(IN_PERSISTENT)],
    ["in the bucket by name", "[Storage]\nPersistent = S3\n[S3Storage]\nBucket = packages\n", object(IN_PERSISTENT)],
    ["in a file though the rest is in the bucket", `${S3}[Storage]\nPersistent = file\n`, NEWER],
  ])("%s", (_what, text, place) => {
    expect(of(text, NEW)).toEqual(one(place));
  });
});

describe("the variable replaces whatever is stored", () => {
  test.each([
    [OLD, one({ kind: "environment", where: "aws.conf:2" }, OLDER)],
    [NEW, one({ kind: "environment", where: "aws.conf:2" }, NEWER)],
    [null, one({ kind: "environment", where: "aws.conf:2" }, OLDER, NEWER)],
  ])("in version %s", (version, source) => {
    expect(of("", version, "PACKAGEMANAGER_ENCRYPTION_KEY")).toEqual(source);
  });
});

describe("where no page decides, all readings are named", () => {
  test.each(["2024.11.0-7", "2025.04.4", "2025.12.0-14", "nightly", null])("version %s", (version) => {
    expect(of("", version)).toEqual(unknown(OLDER, NEWER));
  });

  test("a prefix in the bucket", () => {
    expect(of(`${S3}Prefix = ppm\n`, NEW)).toEqual(unknown(object(IN_PERSISTENT), object(`ppm/${IN_PERSISTENT}`)));
  });

  test("a path to the key that newer versions may or may not look at", () => {
    expect(of("[Server]\nEncryptionKeyPath = /etc/key\n", NEW)).toEqual(unknown(file("/etc/key"), NEWER));
  });

  test("a variable that may or may not move the data folder", () => {
    expect(of("", NEW, "PACKAGEMANAGER_SERVER_DATADIR")).toEqual({ ...unknown(OLDER, NEWER), because: "it is not known which value of Server.DataDir counts" });
  });

  test.each([
    ["a bucket without a name", "[Storage]\nDefault = s3\n"],
    ["a storage of another kind", "[Storage]\nDefault = azure\n"],
  ])("%s leaves no reading", (_what, text) => {
    expect(of(text, NEW)).toEqual(unknown());
  });

  test("a variable that says nothing of the key changes nothing", () => {
    expect(of("", NEW, "PACKAGEMANAGER_HTTP_LISTEN")).toEqual(one(NEWER));
  });
});
