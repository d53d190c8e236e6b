import { nodeUserData } from "@steward/core/fleet/node-settings";
import { runVerb } from "@steward/node/dispatch";
import type { Aws } from "@steward/node/host";
import { PATHS } from "@steward/node/paths";
import { beforeEach, describe, expect, test } from "vitest";
import { CANARIES, documentOf, inEffect, settingsOf } from "./a-fleet.ts";
import { aHost, type StubHost } from "./a-host.ts";

const MINUTE = 60_000;
const GONE = "Steward is silent and this node is as desired: it has let itself in";
let host: StubHost;
let booted: number;

beforeEach(() => {
  host = aHost();
  booted = host.time;
  silentSince(booted);
});

/** Steward's last sweep was at this time, and there is no other. */
function silentSince(ms: number): void {
  host.asks.lastSweep = async () => new Date(ms);
}

const boot = () => runVerb(host, "boot", undefined);
const minutesUntil = (at: Date | undefined) => at && (at.getTime() - booted) / MINUTE;

describe("a node in its launch hook", () => {
  test("waits for Steward and lets itself in once the last sweep is older than 15 minutes", async () => {
    expect(await boot()).toMatchObject({ exitCode: 0, stderr: "" });
    expect(host.letIn.map(minutesUntil)).toEqual([16]);
    expect(host.journal).toEqual(["converged", "waits in the launch hook: Steward is at work", GONE]);
  });

  test("goes at once when Steward was down long before it booted", async () => {
    silentSince(booted - 24 * 60 * MINUTE);
    await boot();
    expect(host.letIn.map(minutesUntil)).toEqual([0]);
  });

  test("goes only after the fifteenth minute, not with it", async () => {
    host.asks.lastSweep = async () => new Date(host.time - 15 * MINUTE);
    await boot();
    expect(host.letIn).toEqual([]);
  });

  test("looks no longer than the hook lasts", async () => {
    host.asks.lastSweep = async () => new Date(host.time);
    await boot();
    expect((host.time - booted) / MINUTE).toBe(120);
    expect(host.journal.at(-1)).toBe("the launch hook's time is over");
  });

  test("makes its report anew at every look: one that becomes as desired goes then", async () => {
    host.answers["/__ping__"] = { kind: "refused" };
    const sleep = host.sleep;
    host.sleep = async (ms) => {
      await sleep(ms);
      if (host.time > booted + 40 * MINUTE) host.answers["/__ping__"] = { kind: "answer", status: 200, ms: 1, body: "{}" };
    };
    await boot();
    expect(minutesUntil(host.letIn[0])).toBeGreaterThan(40);
    expect(host.journal).toContain("waits in the launch hook: Steward is silent, but this node is not as desired: /__ping__ does not answer 200");
  });

  test("is content when it turns out that somebody has let it in", async () => {
    host.asks.letIn = async () => "not-waiting";
    await boot();
    expect(host.journal.at(-1)).toBe("Steward is silent, and this node does not wait in its launch hook any more");
    expect((host.time - booted) / MINUTE).toBe(16);
  });

  test("holds no lock while it waits", async () => {
    let held = 0;
    host.lock = async () => {
      held++;
      return async () => void held--;
    };
    host.asks.lastSweep = async () => {
      expect(held).toBe(0);
      return new Date(booted);
    };
    await boot();
    expect(host.letIn).toHaveLength(1);
  });
});

const denied = async () => {
  throw Object.assign(new Error(`nobody may read ${CANARIES.loginA}`), { name: "AccessDeniedException" });
};

/** Something that comes over a node that has converged. */
function afterwards(change: () => unknown): void {
  const sweep = host.asks.lastSweep;
  host.asks.lastSweep = async () => {
    change();
    return sweep();
  };
}

const answers = (other: Partial<Aws>) => () => Object.assign(host.asks, other);

const DOUBTS: [string, () => void, RegExp][] = [
  ["the heartbeat cannot be read", answers({ lastSweep: denied }), /this node cannot ask AWS \(AccessDeniedException\)/],
  ["there never was a sweep", answers({ lastSweep: async () => undefined }), /no sweep of Steward's is on record/],
  ["the last sweep lies in the future", () => silentSince(booted + 24 * 60 * MINUTE), /Steward is at work/],
  ["the group has not said where it goes", answers({ lifecycleTarget: async () => undefined }), /the group has not said/],
  ["instance metadata does not answer", answers({ lifecycleTarget: denied }), /cannot ask AWS/],
  ["the desired state cannot be read", answers({ desired: denied }), /the desired state cannot be read: AccessDeniedException/],
  ["its configuration is another", () => afterwards(() => host.put(PATHS.config, "[Server]\n")), /the config file is not the desired one/],
  [
    "its key is another",
    () => afterwards(() => host.put(PATHS.environment, `PACKAGEMANAGER_ENCRYPTION_KEY="${"ab".repeat(512)}"\n`)),
    /the encryption key is not the desired one/,
  ],
  [
    "its version is another",
    () => afterwards(() => Object.assign(host, { desired: { ...inEffect(documentOf("ha")).state, version: "2026.06.0" } })),
    /installed version is 2026.08.0, not 2026.06.0/,
  ],
  ["completing the hook is refused", answers({ letIn: denied }), /cannot ask AWS/],
];

test.each(DOUBTS)("stays in the hook to its end when %s, says why once, and quotes no error", async (_, doubt, why) => {
  doubt();
  await boot();
  expect(host.letIn).toEqual([]);
  expect(host.journal.filter((line) => why.test(line) && line.startsWith("waits in the launch hook:"))).toHaveLength(1);
  expect(host.journal.join()).not.toContain(CANARIES.loginA);
});

test("leaves its hook alone when the group is ending it", async () => {
  host.asks.lifecycleTarget = async () => "Terminated";
  await boot();
  expect(host.letIn).toEqual([]);
  expect(host.journal.at(-1)).toBe("leaves the launch hook alone: the group takes this node to Terminated");
  expect(host.time).toBe(booted);
});

test("a single server never lets itself in, however long Steward has been silent", async () => {
  host = aHost("single");
  silentSince(0);
  expect(await boot()).toMatchObject({ exitCode: 0 });
  expect(host.letIn).toEqual([]);
  expect(host.journal).toEqual(["converged"]);
});

test("waits with converging until AWS can be reached, for five minutes at most", async () => {
  const desired = host.asks.desired;
  host.asks.desired = () => (host.time < booted + 3 * MINUTE ? denied() : desired());
  expect(await boot()).toMatchObject({ exitCode: 0 });
  expect(host.journal.slice(0, 2)).toEqual(["waits: the desired state cannot be read: AccessDeniedException", "converged"]);
});

test("is one boot for each start of its unit, where systemd has started it", async () => {
  host.invocation = "0123";
  expect(JSON.parse((await boot()).stdout)).toMatchObject({ key: "boot-0123" });
});

test("takes what a killed command has left for psql away before it waits for anything", async () => {
  host.put(PATHS.passfile, "canary");
  const seen: boolean[] = [];
  const desired = host.asks.desired;
  host.asks.desired = () => {
    seen.push(PATHS.passfile in host.seen());
    return desired();
  };
  await boot();
  expect(seen[0]).toBe(false);
  host.put(PATHS.passfile, "canary");
  host.locked = true;
  await boot();
  expect(PATHS.passfile in host.seen()).toBe(true);
});

test("one that was told nothing at its launch refuses to start anything", async () => {
  host.drop(PATHS.settings);
  expect(await boot()).toMatchObject({ exitCode: 3 });
  expect(host.journal).toEqual([`did not converge: steward-node: there is no ${PATHS.settings}`]);
});

test("user data writes what a node must know where it looks for it, as cloud-config that is plain JSON", () => {
  const [first, json = ""] = nodeUserData(settingsOf("ha")).split("\n");
  expect(first).toBe("#cloud-config");
  const { write_files } = JSON.parse(json) as { write_files: { path: string; content: string }[] };
  expect(write_files.map(({ path, content }) => [path, JSON.parse(content)])).toEqual([[PATHS.settings, settingsOf("ha")]]);
});
