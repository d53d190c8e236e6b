import { databaseAddress, storageAddress } from "@steward/node/addresses";
import { setting } from "@steward/node/gcfg";
import { expect, test } from "vitest";

test("takes the last value, in any case, over repeated sections", () => {
  expect(setting("[HTTP]\nListen = :1\n[Server]\nListen = :9\n[http]\nlisten=:2\n", "Http", "Listen")).toBe(":2");
});

test("leaves comments out, and reads what is quoted as it stands", () => {
  expect(setting("; [HTTP]\n# Listen = :1\n[HTTP]\nListen = :3 ; was :2\n", "HTTP", "Listen")).toBe(":3");
  expect(setting('[Postgres]\nURL = "postgres://a;b@c/d" # main\n', "Postgres", "URL")).toBe("postgres://a;b@c/d");
});

test("knows nothing of what is not there", () => {
  expect(setting("[HTTP]\n", "HTTP", "Listen")).toBeUndefined();
  expect(databaseAddress("[Postgres]\nURL = not a url\n")).toBeUndefined();
  expect(storageAddress("[Storage]\nDefault = local\n[S3Storage]\nRegion = us-east-1\n")).toBeUndefined();
});

test("finds nothing in a text that Package Manager would not read", () => {
  expect(setting("[HTTP]\nListen = :1\nnonsense here\n", "HTTP", "Listen")).toBeUndefined();
});

test("takes Postgres's own port where the URL names none", () => {
  expect(databaseAddress("[Postgres]\nURL = postgres://ppm:secret@db/ppm\n")).toEqual({ host: "db", port: 5432 });
});
