import { VOLUME_MARK } from "@steward/core/desired/places";
import { runVerb } from "@steward/node/dispatch";
import { PATHS } from "@steward/node/paths";
import { describe, expect, test } from "vitest";
import { STAGE, VOLUME } from "./a-fleet.ts";
import { aHost, changing, envelope, type StubHost, written } from "./a-host.ts";

let orders = 0;
const converge = (host: StubHost, format?: string) => runVerb(host, "converge", envelope({ key: `order-${++orders}`, format }));
const MOUNT = "mount -o noatime,nodev,nosuid /dev/nvme1n1 /var/lib/rstudio-pm";
const MAKE = "mkfs.ext4 -q -m 1 -L steward-data /dev/nvme1n1";

/** A server whose volume is as EC2 makes it. */
function blank(): StubHost {
  const host = aHost("single");
  Object.assign(host.volume, { fileSystem: "", blank: true, files: new Map() });
  return host;
}

describe("a volume that was in use before", () => {
  test("is found by its serial number, mounted before anything is written, and kept as it is", async () => {
    const host = aHost("single");
    const mark = host.volume.files.get(VOLUME_MARK)?.text;
    expect(await converge(host)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(changing(host)[0]).toBe(MOUNT);
    expect(host.ran).not.toContain(MAKE);
    expect(host.seen()[VOLUME_MARK]).toBe(mark);
    expect(host.volume.files.has(PATHS.license)).toBe(true);
  });

  test("is found by one name where the kernel has a name for each way to it", async () => {
    const host = aHost("single");
    host.put("/sys/class/block/nvme1c1n1/device/serial", `${VOLUME.replace("-", "")}\n`);
    expect(await converge(host)).toMatchObject({ exitCode: 0 });
  });

  test("is given to the service once, because whoever changes an owner on a frozen volume waits", async () => {
    const host = aHost("single");
    await converge(host);
    const made: string[] = [];
    host.makeFolder = async (path) => void made.push(path);
    expect(await converge(host)).toMatchObject({ exitCode: 0 });
    expect([host.folders[PATHS.home], made]).toEqual(["rstudio-pm 701", []]);
  });

  test("stays mounted", async () => {
    const host = aHost("single");
    await converge(host);
    host.ran = [];
    expect(await converge(host)).toMatchObject({ exitCode: 0 });
    expect(changing(host)).toEqual(["systemctl unmask rstudio-pm", "systemctl start rstudio-pm"]);
  });

  test("may bear the mark of the volume that it was restored from", async () => {
    const host = aHost("single");
    host.volume.files.set(VOLUME_MARK, { text: JSON.stringify({ mark: 1, stage: STAGE, volume: "vol-0" }), owner: "root", mode: 0o644 });
    expect(await converge(host)).toMatchObject({ exitCode: 0 });
  });
});

describe("a new volume", () => {
  test("gets a file system and its mark when a command names it", async () => {
    const host = blank();
    expect(await converge(host, VOLUME)).toMatchObject({ exitCode: 0, stderr: "" });
    expect(changing(host).slice(0, 2)).toEqual([MAKE, MOUNT]);
    expect(JSON.parse(host.seen()[VOLUME_MARK] ?? "")).toEqual({ mark: 1, stage: STAGE, volume: VOLUME });
    expect(written(host)[0]).toBe(`${VOLUME_MARK} root 644`);
  });

  test("gets its mark later where one was killed after the file system was made", async () => {
    const host = blank();
    host.says = { "mount ": { exitCode: 32 } };
    expect(await converge(host, VOLUME)).toMatchObject({ exitCode: 1, stderr: "steward-node: data volume: mount ended with exit code 32\n" });
    host.says = {};
    expect(await converge(host, VOLUME)).toMatchObject({ exitCode: 0 });
    expect(host.ran.filter((line) => line === MAKE)).toHaveLength(1);
    expect(VOLUME_MARK in host.seen()).toBe(true);
  });
});

const BAD: [string, (host: StubHost) => void, string, string?][] = [
  ["is not attached", (host) => host.drop("/sys/class/block/nvme1n1/device/serial"), `${VOLUME} is not attached to this node`],
  ["is there twice", (host) => host.put("/sys/class/block/nvme2n1/device/serial", VOLUME.replace("-", "")), `more than one device says that it is ${VOLUME}`],
  ["is not the one that is mounted", (host) => Object.assign(host.volume, { mountedFrom: "/dev/nvme9n1" }), "another device is mounted at /var/lib/rstudio-pm"],
  ["holds a foreign file system", (host) => Object.assign(host.volume, { fileSystem: "xfs" }), "it holds a file system that is not ours", VOLUME],
  [
    "holds what blkid is not sure of",
    (host) => Object.assign(host, { says: { blkid: { exitCode: 8 } } }),
    "what it holds is not clear, blkid ended with exit code 8",
    VOLUME,
  ],
  [
    "is blank, and no command says that it may be formatted",
    (host) => Object.assign(host.volume, { fileSystem: "", blank: true }),
    "it holds no file system, and no command says that one may be made",
  ],
  [
    "is blank, and a command names another",
    (host) => Object.assign(host.volume, { fileSystem: "", blank: true }),
    "it holds no file system, and no command says that one may be made",
    "vol-0",
  ],
  ["only looks empty", (host) => Object.assign(host.volume, { fileSystem: "" }), "it holds no file system, but it is not blank", VOLUME],
  [
    "can't be formatted",
    (host) => Object.assign(host.volume, { fileSystem: "", blank: true }) && Object.assign(host, { says: { mkfs: { exitCode: 1 } } }),
    "mkfs.ext4 ended with exit code 1",
    VOLUME,
  ],
];

test.each(BAD)("nothing is mounted and nothing starts when the volume %s", async (_, spoil, sentence, format) => {
  const host = aHost("single");
  spoil(host);
  expect(await converge(host, format)).toMatchObject({ exitCode: 1, stderr: `steward-node: data volume: ${sentence}\n` });
  expect(changing(host).filter((line) => !line.startsWith("mkfs"))).toEqual([]);
  expect(changing(host).length).toBe(_ === "can't be formatted" ? 1 : 0);
  expect(written(host)).toEqual([]);
});

test("nothing starts when nobody knows what is mounted", async () => {
  const host = aHost("single");
  host.says = { findmnt: { exitCode: 127 } };
  expect(await converge(host)).toMatchObject({ exitCode: 1, stderr: "steward-node: findmnt ended with exit code 127\n" });
  expect(changing(host)).toEqual([]);
});

const UNMARKED: [string, string | undefined, string, string?][] = [
  ["of another stage", JSON.stringify({ mark: 1, stage: "other", volume: VOLUME }), "it is marked as one of another stage"],
  ["that nobody understands", "{", "it is marked as one of another stage", VOLUME],
  ["of no stage", undefined, "it bears no mark of a stage"],
  ["of no stage, with something on it, even where it may be formatted", undefined, "it bears no mark of a stage and is not empty", VOLUME],
];

test.each(UNMARKED)("a volume %s is let go again", async (_, mark, sentence, format) => {
  const host = aHost("single");
  host.volume.files.delete(VOLUME_MARK);
  host.volume.files.set("/var/lib/rstudio-pm/db/main.db", { text: "", owner: "root", mode: 0 });
  if (mark) host.volume.files.set(VOLUME_MARK, { text: mark, owner: "root", mode: 0o644 });
  expect(await converge(host, format)).toMatchObject({ exitCode: 1, stderr: `steward-node: data volume: ${sentence}\n` });
  expect(changing(host)).toEqual([MOUNT, "umount /var/lib/rstudio-pm"]);
  expect(written(host)).toEqual([]);
});

test("says so when a foreign volume can't be let go", async () => {
  const host = aHost("single");
  host.volume.files.delete(VOLUME_MARK);
  host.says = { "umount ": { exitCode: 32 } };
  const stderr = "steward-node: data volume: it bears no mark of a stage; umount ended with exit code 32\n";
  expect(await converge(host)).toMatchObject({ exitCode: 1, stderr });
});
