import { effectiveSettings, variableFor } from "@steward/core/desired/effective";
import { describe, expect, test } from "vitest";
import { read } from "./reading.ts";

const by = (name: string) => ({ name, where: "aws.conf:2" });
const environment = { kind: "environment", where: "aws.conf:2" };
const line = (number: number) => ({ kind: "file", line: number });
const settings = (text: string, ...variables: string[]) => effectiveSettings(read(text), variables.map(by));

describe("within the file", () => {
  test("the last line of a setting counts, the others are shadowed", () => {
    expect(settings("[HTTP]\nListen = :1\n[http]\nlisten = :2\n")).toEqual([
      { name: "HTTP.Listen", answer: { kind: "certain", from: [line(4)] }, shadowed: [line(2)] },
    ]);
  });

  test("all lines of a list count", () => {
    expect(settings("[Server]\nRVersion = a\nRVersion = b\n")).toEqual([
      { name: "Server.RVersion", answer: { kind: "certain", from: [line(2), line(3)] }, shadowed: [] },
    ]);
  });

  test("a bare line makes a list begin anew", () => {
    expect(settings("[Debug]\nLog = git\nLog\nLog = sync\n")).toEqual([
      { name: "Debug.Log", answer: { kind: "certain", from: [line(4)] }, shadowed: [line(2), line(3)] },
    ]);
  });

  test("nobody knows of a repeated setting that no page names", () => {
    expect(settings("[New]\nThing = a\nThing = b\n")).toMatchObject([{ name: "new.thing", answer: { kind: "unknown", readings: [line(2), line(3)] } }]);
  });

  test("a subsection's setting is its own", () => {
    expect(settings('[Server]\nAddress = a\n[Server "x"]\nAddress = b\n').map(({ name }) => name)).toEqual(["Server.Address", "server.x.address"]);
  });
});

describe("a variable", () => {
  test("wins over the file where Posit's own files use it so", () => {
    expect(settings("[Postgres]\nPassword = canary\n", "PACKAGEMANAGER_POSTGRES_PASSWORD")).toEqual([
      { name: "Postgres.Password", answer: { kind: "certain", from: [environment] }, shadowed: [line(2)] },
    ]);
  });

  test("leaves it open where no page says so, with both readings", () => {
    expect(settings("[HTTP]\nListen = :1\nListen = :2\n", "PACKAGEMANAGER_HTTP_LISTEN")).toMatchObject([
      { name: "HTTP.Listen", answer: { kind: "unknown", readings: [environment, line(3)], because: expect.stringContaining("no page") } },
    ]);
    expect(settings("", "PACKAGEMANAGER_HTTP_LISTEN")).toMatchObject([{ answer: { kind: "unknown", readings: [environment, { kind: "default" }] } }]);
  });

  test("of an unknown setting is reported by the name it has", () => {
    expect(settings("", "PACKAGEMANAGER_NEW_THING_MORE", "PACKAGEMANAGER_ODD").map(({ name }) => name)).toEqual(["new.thing_more", "odd."]);
  });

  test("that is no setting, or not Package Manager's, does not count", () => {
    expect(settings("", "PACKAGEMANAGER_ENCRYPTION_KEY", "PACKAGEMANAGER_ADDRESS", "PACKAGEMANAGER_SECRET_KEY", "LANG")).toEqual([]);
  });

  test("is named by section and key in capitals", () => {
    expect(variableFor("Postgres", "UsageDataPassword")).toBe("PACKAGEMANAGER_POSTGRES_USAGEDATAPASSWORD");
    expect(variableFor("a-b", "c-d")).toBe("PACKAGEMANAGER_A_B_C_D");
  });
});

test("no value shows, wherever it stands", () => {
  expect(JSON.stringify(settings("[Postgres]\nPassword = canary\nPassword = canary\n[X]\nY = canary\n", "PACKAGEMANAGER_X_Y"))).not.toContain("canary");
});
