import { runVerb } from "@steward/node/dispatch";
import { PATHS } from "@steward/node/paths";
import { describe, expect, test } from "vitest";
import { aNode, envelope, type StubHost } from "./a-host.ts";

const restarts = (host: StubHost) => host.ran.filter((line) => line === "systemctl restart rstudio-pm").length;
const keys = (host: StubHost) => (JSON.parse(host.seen()[PATHS.receipts] ?? "null") as { receipts: { key: string }[] }).receipts.map(({ key }) => key);

describe.each(["EROFS", "ENOSPC"])("on a root volume that takes nothing (%s)", (code) => {
  async function full(): Promise<StubHost> {
    const host = await aNode();
    const write = host.writeFile;
    host.writeFile = async (path, text, access) => {
      if (path.startsWith("/var/lib/steward/")) throw Object.assign(new Error("no"), { code });
      await write(path, text, access);
    };
    return host;
  }

  test("a command is obeyed once, and its receipt lies in memory", async () => {
    const host = await full();
    const first = await runVerb(host, "restart", envelope());
    expect(first).toMatchObject({ exitCode: 0 });
    expect(await runVerb(host, "restart", envelope())).toEqual(first);
    expect(restarts(host)).toBe(1);
    expect(host.accessOf(PATHS.receiptsInMemory)).toBe("root 600");
  });

  test("what was seen before counts beside it, and afterwards too", async () => {
    const host = await aNode();
    await runVerb(host, "restart", envelope({ key: "before", epoch: 9 }));
    const write = host.writeFile;
    host.writeFile = async (path, text, access) => {
      if (path === PATHS.receipts) throw Object.assign(new Error("no"), { code });
      await write(path, text, access);
    };
    await runVerb(host, "restart", envelope({ key: "meanwhile", epoch: 11 }));
    host.writeFile = write;
    expect(await runVerb(host, "restart", envelope({ key: "old", epoch: 10 }))).toMatchObject({ exitCode: 3 });
    for (const key of ["before", "meanwhile"]) expect(await runVerb(host, "restart", envelope({ key, epoch: 11 }))).toMatchObject({ exitCode: 0 });
    expect(restarts(host)).toBe(2);
    expect(keys(host)).toEqual(["before", "meanwhile", "old"]);
  });
});

test("obeys nothing when its receipts cannot be kept for any other reason", async () => {
  const host = await aNode();
  host.writeFile = async () => {
    throw Object.assign(new Error("no"), { code: "EACCES" });
  };
  expect(await runVerb(host, "restart", envelope())).toMatchObject({ exitCode: 1, stderr: "steward-node: stopped by an unexpected error: EACCES\n" });
  expect(restarts(host)).toBe(0);
});
