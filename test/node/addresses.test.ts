import { parseConfig } from "@steward/core/desired/gcfg";
import { databaseAddress, serviceUrl, storageAddress } from "@steward/node/addresses";
import { expect, test } from "vitest";

function config(text: string) {
  const found = parseConfig(text);
  if (found.kind === "invalid") throw new Error(found.because);
  return found.config;
}

test("knows no address of what is not there", () => {
  expect(databaseAddress(config("[Postgres]\nURL = not a url\n"))).toBeUndefined();
  expect(databaseAddress(config("[Postgres]\nURL = postgres:///ppm\n"))).toBeUndefined();
  expect(databaseAddress(config("[HTTP]\n"))).toBeUndefined();
  expect(storageAddress(config("[Storage]\nDefault = local\n[S3Storage]\nRegion = us-east-1\n"))).toBeUndefined();
  expect(storageAddress(config("[Storage]\nDefault = s3\n"))).toBeUndefined();
});

test("takes Postgres's own port where the URL names none, and drops user and password", () => {
  expect(databaseAddress(config("[Postgres]\nURL = postgres://ppm:secret@db/ppm\n"))).toEqual({ host: "db", port: 5432 });
  expect(databaseAddress(config("[Postgres]\nURL = postgres://ppm:secret@db:5433/ppm\n"))).toEqual({ host: "db", port: 5433 });
});

test("asks the service on the port that the last line names, else on the vendor's own", () => {
  expect(serviceUrl(config("[HTTP]\nListen = :1\n[http]\nlisten = 127.0.0.1:8080\n"), "/x")).toBe("http://127.0.0.1:8080/x");
  expect(serviceUrl(config("[HTTP]\nListen =\n"), "/x")).toBe("http://127.0.0.1:4242/x");
  expect(serviceUrl(undefined, "/x")).toBe("http://127.0.0.1:4242/x");
});
