import { readdirSync, readFileSync } from "node:fs";
import { fingerprint } from "@steward/core/desired/digest";
import { effectiveSettings } from "@steward/core/desired/effective";
import { lastValue, occurrences } from "@steward/core/desired/gcfg";
import { writeConfig } from "@steward/core/desired/gcfg-write";
import { describe, expect, test } from "vitest";
import { read } from "./reading.ts";

const folder = new URL("corpus/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".gcfg"));
const corpus = (name: string) => read(readFileSync(new URL(name, folder)));
const salt = "5".repeat(64);

test.each(files)("%s reads, and means the same when it is written anew", (name) => {
  const again = writeConfig(corpus(name));
  expect(again.kind).toBe("text");
  if (again.kind === "text") expect(fingerprint(read(again.text), salt)).toBe(fingerprint(corpus(name), salt));
});

test("no two of them mean the same", () => {
  expect(new Set(files.map((name) => fingerprint(corpus(name), salt))).size).toBe(files.length);
});

describe("published forms", () => {
  test.each([
    ["container.gcfg", "Server", "Address", ""],
    ["container.gcfg", "Server", "DataDir", undefined],
    ["install-script.gcfg", "Server", "RVersion", "/opt/R/4.5.2"],
    ["install-script.gcfg", "Server", "Address", "https://packages.example.com"],
    ["ha-s3-postgres.gcfg", "HTTPS", "Listen", ""],
    ["ha-s3-postgres.gcfg", "Postgres", "URL", "postgres://ppm@db.example.internal:5432/rstudio_pm?sslmode=verify-full"],
    ["https-alone.gcfg", "OpenIDConnect", "Issuer", 'https://login.example.com/realms/data "science"'],
    ["property-types.gcfg", "StringExamples", "Property3", 'escaped "quote" string'],
    ["property-types.gcfg", "DurationExamples", "Property3", "1m15s"],
    ["edited-on-windows.gcfg", "HTTP", "Listen", ":4242"],
    ["hidden-override.gcfg", "S3Storage", "Bucket", "somebody-elses-packages"],
  ])("%s: %s.%s", (name, section, key, value) => {
    expect(lastValue(corpus(name), section, key)).toBe(value);
  });

  test("lists stay lists", () => {
    expect(occurrences(corpus("operator.gcfg"), "Server", "RVersion").map(({ value }) => value)).toEqual(["/opt/R/4.5.2", "/opt/R/4.4.3"]);
  });

  test("an override further down shows as the one that counts", () => {
    const bucket = effectiveSettings(corpus("hidden-override.gcfg"), []).find(({ name }) => name === "S3Storage.Bucket");
    expect(bucket).toEqual({ name: "S3Storage.Bucket", answer: { kind: "certain", from: [{ kind: "file", line: 9 }] }, shadowed: [{ kind: "file", line: 4 }] });
  });
});
