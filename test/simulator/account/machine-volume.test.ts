import { ACCOUNT, VOLUME_MARK } from "@steward/core/desired/places";
import { CONFIG_PATHS } from "@steward/core/desired/render";
import { deploy } from "@steward/simulator/deploy/deploy";
import { DEMO_VAULT } from "@steward/simulator/fleet/demo-vault";
import { Disk } from "@steward/simulator/fleet/disk";
import { SINGLE_IMAGE } from "@steward/simulator/fleet/machine-image";
import { createAccount } from "@steward/simulator/simulated-account";
import { advance, drive } from "@steward/simulator/world/drive";
import { assert, describe, expect, test } from "vitest";
import { singleTopology } from "../../settings.ts";
import { demoFleet, notingFunctions } from "./deploy-fixture.ts";

const SECOND = 1_000;

/** The deployed single server, serving; nobody acts on it but the test. */
async function aServer(different: Parameters<typeof singleTopology>[1] = {}) {
  const world = createAccount({ code: notingFunctions().store, seed: 4, dependencies: { defaultImage: SINGLE_IMAGE } });
  const deployed = await drive(() => deploy(world, singleTopology("demo", different), { fleet: demoFleet, admitted: true }));
  const [machine] = world.machines.all();
  assert(machine);
  const volume = deployed.named.dataVolume ?? "";
  let given = 0;
  const envelope = (more: object) => ({ key: `a-test-${++given}`, epoch: 1, notAfter: new Date(Date.now() + 60_000), ...more });
  const command = (verb: string, more: object = {}) => drive(() => machine.runCommand(verb, Buffer.from(JSON.stringify(envelope(more))).toString("base64url")));
  const ping = () => {
    const answer = machine.http("/__ping__");
    return answer.kind === "answer" ? answer.status : answer.kind;
  };
  const shell = (name: string, ...words: string[]) => drive(() => machine.shell(name, words));
  /** Stops the service, and takes its volume off the folder. */
  const unmount = async () => {
    await shell("systemctl", "stop", "rstudio-pm");
    expect((await shell("umount", ACCOUNT.home)).exitCode).toBe(0);
  };
  return { world, machine, volume, disk: world.dependencies.disks.of(volume), command, ping, shell, unmount };
}

describe("the data volume of a server", () => {
  test("is mounted again after a reboot, and holds what it held", async () => {
    const { machine, volume, ping } = await aServer();
    const before = machine.files.read(`${ACCOUNT.home}/db/rstudio-pm.db`);
    expect(machine.files.mountOf(ACCOUNT.home)).toMatchObject({ device: "/dev/nvme1n1", volumeId: volume });
    void machine.boot();
    await advance(20 * SECOND);
    expect([machine.files.mountOf(ACCOUNT.home), ping()]).toEqual([undefined, "timeout"]);
    await advance(180 * SECOND);
    expect(ping()).toBe(200);
    expect(before).toBeDefined();
    expect(machine.files.read(`${ACCOUNT.home}/db/rstudio-pm.db`)).toBe(before);
  });

  test("is made a file system once a command names it, and only while it is blank", async () => {
    const { volume, disk, command, unmount, machine, ping } = await aServer();
    await unmount();
    Object.assign(disk, { type: undefined, files: new Disk() });
    expect(await command("converge")).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("no file system") });
    expect(await command("converge", { format: "vol-0123456789abcdef0" })).toMatchObject({ exitCode: 1 });
    expect(disk.type).toBeUndefined();
    expect(await command("converge", { format: volume })).toMatchObject({ exitCode: 0 });
    expect(disk.type).toBe("ext4");
    expect(JSON.parse(machine.files.read(VOLUME_MARK) ?? "")).toEqual({ mark: 1, stage: "demo", volume });
    expect(machine.files.entry(ACCOUNT.home)).toEqual({ kind: "folder", owner: ACCOUNT.name, mode: 0o701 });
    expect(ping()).toBe(200);
  });

  test.each([
    ["holds something that no program knows", { type: "unknown" as const }],
    ["holds a file system that is not ours", { type: "xfs" as const }],
  ])("is left alone where it %s", async (_, content) => {
    const { volume, disk, command, unmount, ping } = await aServer();
    await unmount();
    Object.assign(disk, content);
    expect(await command("converge", { format: volume })).toMatchObject({ exitCode: 1 });
    expect(disk.type).toBe(content.type);
    expect(ping()).toBe("refused");
  });

  test("is let go where it bears the mark of another stage, or none", async () => {
    for (const mark of [JSON.stringify({ mark: 1, stage: "other", volume: "vol-0123456789abcdef0" }), undefined]) {
      const { machine, disk, command, unmount, ping } = await aServer();
      await unmount();
      const path = VOLUME_MARK.slice(ACCOUNT.home.length);
      if (mark === undefined) disk.files.remove(path);
      else disk.files.write(path, mark, { owner: "root", mode: 0o644 });
      expect(await command("converge")).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("mark") });
      expect(machine.files.mounts.size).toBe(0);
      expect(ping()).toBe("refused");
    }
  });

  test("is kept by EC2's machine while it is mounted, and a service that lost it by force answers errors", async () => {
    const { world, machine, volume, ping } = await aServer();
    expect(machine.holdsVolume(volume)).toBe(true);
    machine.seeVolumes([]);
    expect([machine.holdsVolume(volume), ping()]).toEqual([false, 500]);
    machine.seeVolumes([volume]);
    expect(ping()).toBe(500);
    expect(world.dependencies.disks.of(volume).files.read("/db/rstudio-pm.db")).toBeDefined();
  });
});

describe("a freeze for a snapshot", () => {
  test("lets readers be served and writers wait, and is over with the thaw", async () => {
    const { machine, command, ping, shell } = await aServer();
    expect(await command("quiesce")).toMatchObject({ exitCode: 0 });
    expect([machine.files.mountOf(ACCOUNT.home)?.frozen, ping()]).toEqual([true, 200]);
    expect((await shell("fsfreeze", "--freeze", ACCOUNT.home)).exitCode).toBe(1);
    await advance(10 * SECOND);
    expect(await command("thaw")).toMatchObject({ exitCode: 0 });
    expect([machine.files.mountOf(ACCOUNT.home)?.frozen, machine.timers.size]).toEqual([false, 0]);
  });

  test("makes the snapshots of that time whole, and none of those before or after it", async () => {
    const { world, machine, command } = await aServer();
    const snapshot = async () => {
      const InstanceSpecification = { InstanceId: machine.instanceId, ExcludeBootVolume: true };
      await drive(() => world.account.call(world.operator, "ec2", "CreateSnapshots", { InstanceSpecification }));
    };
    await snapshot();
    await advance(20 * SECOND);
    await command("quiesce");
    await snapshot();
    await command("thaw");
    await advance(20 * SECOND);
    await snapshot();
    const made = [...world.ec2.snapshots.items.values()];
    expect(made.map(({ appConsistent }) => appConsistent)).toEqual([false, true, false]);
    const database = machine.files.read(`${ACCOUNT.home}/db/rstudio-pm.db`);
    expect(database).toBeDefined();
    expect(world.dependencies.disks.of(made[1]?.id ?? "").files.read("/db/rstudio-pm.db")).toBe(database);
  });

  test("ends by the dead man's timer within 30 s, and then no snapshot counts", async () => {
    const { machine, command } = await aServer();
    await command("quiesce", { key: "freeze" });
    await advance(27 * SECOND);
    expect(machine.files.mountOf(ACCOUNT.home)?.frozen).toBe(true);
    await advance(3 * SECOND);
    expect(machine.files.mountOf(ACCOUNT.home)?.frozen).toBe(false);
    expect(await command("thaw", { freeze: "freeze" })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("not consistent") });
  });

  test("gives way to a converge, and its snapshot is not consistent then", async () => {
    const { machine, command } = await aServer();
    await command("quiesce", { key: "freeze" });
    machine.files.remove(`${ACCOUNT.home}/steward.lic`);
    expect(await command("converge")).toMatchObject({ exitCode: 0 });
    expect(machine.files.read(`${ACCOUNT.home}/steward.lic`)).toBe(DEMO_VAULT.license);
    expect(await command("thaw", { freeze: "freeze" })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("the freeze was lost") });
  });

  test("is gone after a reboot, and its snapshot with it", async () => {
    const { machine, command } = await aServer();
    await command("quiesce", { key: "freeze" });
    void machine.boot();
    await advance(180 * SECOND);
    expect(machine.files.mountOf(ACCOUNT.home)?.frozen).toBe(false);
    expect(await command("thaw", { freeze: "freeze" })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("the freeze was lost") });
    expect(machine.journal.map(({ line }) => line)).not.toContainEqual(expect.stringContaining("dead man"));
  });
});

describe("what else a server is given", () => {
  test("is its certificate from the vault, which its service alone may read, and without which it does not serve", async () => {
    const { machine, ping, shell } = await aServer({ tls: "vaulted" });
    expect(ping()).toBe(200);
    expect(machine.files.entry(CONFIG_PATHS.privateKey)).toEqual({ kind: "file", owner: ACCOUNT.name, mode: 0o600 });
    expect(machine.files.read(CONFIG_PATHS.privateKey)).toBe(JSON.parse(DEMO_VAULT.certificate)["private-key"]);
    machine.files.remove(CONFIG_PATHS.privateKey);
    await shell("systemctl", "restart", "rstudio-pm");
    await advance(30 * SECOND);
    expect(machine.packageManager.state().state).toBe("failed");
  });

  test("is the name of its licence server, where it has no licence of its own", async () => {
    const { machine, ping, shell } = await aServer({ packageManager: { license: { kind: "floating", server: "licences.example.com:8989" } } });
    expect(ping()).toBe(200);
    expect(machine.files.list(ACCOUNT.home)).not.toContain("steward.lic");
    expect((await shell("/opt/rstudio-pm/bin/license-manager", "status")).stdout).toContain("licences.example.com:8989");
  });
});

test("evidence of a server lies in the state bucket, with none of its secrets", async () => {
  const { world, machine, command } = await aServer();
  expect(await command("collect")).toMatchObject({ exitCode: 0 });
  const bucket = [...world.s3.buckets.values()].find(({ name }) => name.includes("state"));
  const [key = ""] = [...(bucket?.versions.keys() ?? [])].filter((name) => name.startsWith(`evidence/${machine.instanceId}/`));
  const text = world.s3.text(bucket?.name ?? "", key) ?? "";
  expect(text).toContain("Posit Package Manager service is ready");
  for (const secret of [DEMO_VAULT["encryption-key"], DEMO_VAULT["fingerprint-salt"]]) expect(text).not.toContain(secret);
  expect(machine.files.read(CONFIG_PATHS.environment)).toContain(DEMO_VAULT["encryption-key"]);
});
