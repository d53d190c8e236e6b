import { runVerb } from "@steward/node/dispatch";
import type { Host } from "@steward/node/host";
import { PATHS } from "@steward/node/paths";
import { describe, expect, test } from "vitest";
import { CANARIES, documentOf, secretName, VOLUME } from "./a-fleet.ts";
import { aHost, envelope, mayStart, reboot, runFiles, type StubHost, want } from "./a-host.ts";

const CALLS = ["readFile", "writeFile", "removeFile", "makeFolder", "list", "entry", "exec", "get", "sleep"] as const;

/** A program on this computer that is killed at its n-th call: before it has any effect, or after it and before the program hears of it. */
function killedAt(host: StubHost, n: number, when: "before" | "after"): { program: Host; killed: Promise<"killed"> } {
  const killed = Promise.withResolvers<"killed">();
  const program: Host = { ...host };
  let calls = 0;
  const dying =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const last = ++calls === n;
      if (!last || when === "after") {
        const result = await call(...args);
        if (calls < n) return result;
      }
      killed.resolve("killed");
      return new Promise<never>(() => {});
    };
  for (const name of CALLS) Object.assign(program, { [name]: dying(host[name] as (...args: unknown[]) => Promise<unknown>) });
  return { program, killed: killed.promise };
}

/** Runs a scenario, killed at every call in turn, until it is not reached any more. */
async function atEveryCall(make: () => Promise<StubHost>, payload: () => string, check: (host: StubHost) => Promise<void>): Promise<number> {
  for (let n = 1; ; n++) {
    for (const when of ["before", "after"] as const) {
      const host = await make();
      const { program, killed } = killedAt(host, n, when);
      if ((await Promise.race([runVerb(program, "converge", payload()), killed])) !== "killed") return n - 1;
      await check(host);
    }
  }
}

const once = async (host: StubHost) => {
  expect(await runVerb(host, "converge", envelope({ key: "first", format: VOLUME }))).toMatchObject({ exitCode: 0 });
  return host;
};

function newServer(): StubHost {
  const host = aHost("single");
  Object.assign(host.volume, { fileSystem: "", blank: true, files: new Map() });
  return host;
}

/** A pair's node that serves, and is to have another setting, another password and another licence. */
async function changedNode(): Promise<StubHost> {
  const host = await once(aHost());
  const document = documentOf("ha");
  want(host, {
    ...document,
    config: { ...document.config, text: `${document.config.text}\n[Git]\nBuildRetries = 5\n`, dropIn: `${document.config.dropIn}# other\n` },
  });
  host.vault.set(secretName("database-login-a"), JSON.stringify({ password: CANARIES.loginB }));
  host.vault.set(secretName("license"), "another canary license\n");
  return host;
}

describe.each([
  ["a new server with a blank volume", async () => newServer()],
  ["a new node of a pair", async () => aHost()],
  ["a node that serves and is to change", changedNode],
])("%s, killed anywhere", (_, make) => {
  test("becomes by the same command, given again, what it would have become without", async () => {
    const clean = await make();
    await runVerb(clean, "converge", envelope({ key: "again", format: VOLUME }));
    const calls = await atEveryCall(
      make,
      () => envelope({ key: "again", format: VOLUME }),
      async (host) => {
        expect(await runVerb(host, "converge", envelope({ key: "again", format: VOLUME }))).toMatchObject({ exitCode: 0, stderr: "" });
        expect(runFiles(host)).toEqual(runFiles(clean));
        expect(host.service).toEqual(clean.service);
        expect(host.seen()[PATHS.pendingRestart]).toBeUndefined();
      },
    );
    expect(calls).toBeGreaterThan(20);
  });

  test("never lets systemd start the service with half of its files", async () => {
    const old = runFiles(await make());
    const clean = await make();
    await runVerb(clean, "converge", envelope({ key: "again", format: VOLUME }));
    await atEveryCall(
      make,
      () => envelope({ key: "again", format: VOLUME }),
      async (host) => {
        if (mayStart(host)) expect([old, runFiles(clean)]).toContainEqual(runFiles(host));
      },
    );
  });

  test("becomes the same after a boot", async () => {
    const clean = await make();
    await runVerb(clean, "converge", envelope({ key: "again", format: VOLUME }));
    await atEveryCall(
      make,
      () => envelope({ key: "again", format: VOLUME }),
      async (host) => {
        reboot(host, "boot-2");
        expect(await runVerb(host, "converge", envelope({ key: "after the boot", format: VOLUME }))).toMatchObject({ exitCode: 0 });
        expect(runFiles(host)).toEqual(runFiles(clean));
      },
    );
  });
});
