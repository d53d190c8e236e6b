import { EffectiveDocument, pointerTo } from "@steward/core/desired/documents";
import { ACCOUNT } from "@steward/core/desired/places";
import { CountReport } from "@steward/core/fleet/count-report";
import { NODE_SETTINGS_PATH, NodeSettings, nodeUserData } from "@steward/core/fleet/node-settings";
import { DesiredState } from "@steward/core/fleet/probe";
import { ProofReport } from "@steward/core/fleet/proof-report";
import { names } from "@steward/core/topology/names";
import { deploy } from "@steward/simulator/deploy/deploy";
import { SINGLE_IMAGE } from "@steward/simulator/fleet/machine-image";
import { add, current, findBucket } from "@steward/simulator/services/s3/state";
import { createAccount } from "@steward/simulator/simulated-account";
import { advance, drive } from "@steward/simulator/world/drive";
import { assert, describe, expect, test } from "vitest";
import { singleTopology } from "../../settings.ts";
import { demoFleet, notingFunctions } from "./deploy-fixture.ts";

const MINUTE = 60_000;
const COPY = "vol-0aaaaaaaaaaaaaaaa";
const PROVER = "i-0fedcba9876543210";
const DATABASE = "/db/rstudio-pm.db";

/** A server that is in use, and a node for a proof with a copy of its volume, not converged yet. */
async function aProver({ isolated = true } = {}) {
  const world = createAccount({ code: notingFunctions().store, seed: 4, dependencies: { defaultImage: SINGLE_IMAGE } });
  const deployed = await drive(() => deploy(world, singleTopology("demo"), { fleet: demoFleet, admitted: true }));
  const [server] = world.machines.all();
  assert(server);
  const { disks } = world.dependencies;
  disks.copy(deployed.named.dataVolume ?? "", COPY);
  const settings = NodeSettings.parse(JSON.parse(server.files.read(NODE_SETTINGS_PATH) ?? ""));
  const userData = nodeUserData({ ...settings, purpose: "prove" });
  const instanceProfile = names("demo").instanceProfile;
  world.account.links.bootMachine({ instanceId: PROVER, imageId: demoFleet.imageId, privateIp: "10.0.0.99", volumes: [COPY], userData, instanceProfile });
  await advance(3 * MINUTE);
  const prover = world.machines.get(PROVER);
  assert(prover);
  const document = layDown(
    world,
    isolated ? "IPAddressDeny=any\nIPAddressAllow=localhost\n" : "IPAddressDeny=any\nIPAddressAllow=localhost\nIPAddressAllow=any\n",
  );
  let given = 0;
  const command = (verb: string, more: { start?: boolean } = { start: true }) => {
    const envelope = { key: `a-test-${++given}`, epoch: 1, notAfter: new Date(Date.now() + MINUTE), document, ...more };
    return drive(() => prover.runCommand(verb, Buffer.from(JSON.stringify(envelope)).toString("base64url")));
  };
  const proved = async () => ProofReport.parse(JSON.parse((await command("prove")).stdout));
  return { prover, server, copy: disks.of(COPY).files, command, proved };
}

/** The fleet's document with the copy in the place of its volume, and with more lines in its drop-in. */
function layDown({ ssm, s3 }: ReturnType<typeof createAccount>, lines: string) {
  const state = DesiredState.parse(JSON.parse(ssm.parameters.get("/steward/demo/desired")?.versions.at(-1)?.value ?? ""));
  const bucket = findBucket(s3.buckets, state.document.bucket);
  const document = EffectiveDocument.parse(JSON.parse(Buffer.from(current(bucket, state.document.key)?.body ?? []).toString()));
  const text = JSON.stringify({ ...document, dataVolume: COPY, config: { ...document.config, dropIn: `${document.config.dropIn}${lines}` } });
  const pointer = pointerTo(bucket.name, "effective", text);
  add(bucket, { key: pointer.key, isMarker: false, body: new TextEncoder().encode(text), etag: "", metadata: {}, checksums: {} });
  return pointer;
}

describe("a machine for a proof", () => {
  test("starts nothing at its boot, and serves the copy to itself alone once it was told to", async () => {
    const { prover, server, command, proved } = await aProver();
    expect([prover.packageManager.state().state, prover.files.mounts.size]).toEqual(["inactive", 0]);
    expect(await command("converge", {})).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await proved()).toMatchObject({
      instanceId: PROVER,
      volume: COPY,
      data: {
        databases: [
          {
            name: "rstudio-pm.db",
            integrity: "ok",
            rows: 9,
            tableCount: 4,
            tables: [{ name: "packages", rows: 5 }, { rows: 2 }, { rows: 2 }, { name: "tokens", rows: 0 }],
          },
        ],
        otherFiles: [],
        storedFiles: 2,
      },
      isolation: { denied: expect.arrayContaining(["::/0", "0.0.0.0/0"]), allowed: ["127.0.0.0/8", "::1/128"] },
      service: { state: "inactive" },
    });
    expect(await command("converge")).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await proved()).toMatchObject({
      data: null,
      service: { state: "active" },
      repositories: 2,
      licenseStatus: "Activated",
      metadata: { repository: "cran", status: 200 },
      package: { name: "digest", status: 200 },
      loaded: { state: "running" },
    });
    expect([prover.http("/__ping__").kind, server.http("/__ping__").kind]).toEqual(["refused", "answer"]);
  });

  test("says when the whole volume is loaded, and begins anew after a reboot", async () => {
    const { prover, command, proved } = await aProver();
    await command("converge");
    const { since } = (await proved()).loaded;
    await advance(45 * MINUTE);
    const { loaded } = await proved();
    expect([loaded.state, loaded.since, Number(loaded.until) > Number(since)]).toEqual(["done", since, true]);
    void prover.boot();
    await advance(3 * MINUTE);
    await command("converge");
    expect((await proved()).loaded.state).toBe("running");
  });

  test("that lost its volume proves nothing", async () => {
    const { prover, command, proved } = await aProver();
    await command("converge");
    await proved();
    prover.seeVolumes([]);
    expect(await command("prove")).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("EIO") });
    expect((await drive(() => prover.shell("systemctl", ["show", "steward-load.service"]))).stdout).toContain("ActiveState=failed");
  });

  test("tells a damaged database, which no server comes up with", async () => {
    const { copy, command, proved } = await aProver();
    copy.write(DATABASE, `${copy.read(DATABASE)?.slice(0, -3)}`, { owner: ACCOUNT.name, mode: 0o600 });
    await command("converge", {});
    const damaged = { databases: [{ integrity: expect.stringContaining("btreeInitPage"), rows: null, tableCount: null, tables: [] }] };
    expect(await proved()).toMatchObject({ data: damaged, package: null });
    copy.write(DATABASE, "no database", { owner: ACCOUNT.name, mode: 0o600 });
    expect((await proved()).data?.databases[0]?.integrity).toBe("file is not a database");
    expect(await command("converge")).toMatchObject({ exitCode: 1 });
  });

  test("hands out what is stored on the copy, and nothing else, because it reaches no other computer", async () => {
    const { copy, command, proved } = await aProver();
    copy.remove("/cran");
    await command("converge");
    expect((await proved()).package).toMatchObject({ name: "six-1.17.0-py2.py3-none-any.whl", status: 200 });
    copy.remove("/pypi");
    expect(await proved()).toMatchObject({ metadata: { status: 200 }, package: null, packageBecause: "none of 5 packages came from the volume" });
  });

  test("does not serve at all where systemd would let it reach others, whatever its document says", async () => {
    const { prover, command, proved } = await aProver({ isolated: false });
    expect(await command("converge")).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("by systemd's word") });
    expect([prover.packageManager.state().state, (await proved()).isolation?.allowed]).toEqual(["inactive", expect.arrayContaining(["0.0.0.0/0"])]);
  });

  test("holds nothing of its own before it is started: a copy that lost its database is not proven by one that Package Manager makes", async () => {
    const { copy, command, proved } = await aProver();
    copy.remove(DATABASE);
    await command("converge", {});
    expect((await proved()).data).toMatchObject({ databases: [] });
    await command("converge");
    expect((await proved()).data).toBeNull();
  });
});

describe("a machine that serves", () => {
  test("counts what it has for a drill", async () => {
    const { server } = await aProver();
    const { stdout } = await drive(() => server.runCommand("count", ""));
    expect(CountReport.parse(JSON.parse(stdout))).toMatchObject({ databases: [{ name: "rstudio-pm.db", rows: 9 }], storedFiles: 2, repositories: 2 });
  });
});
