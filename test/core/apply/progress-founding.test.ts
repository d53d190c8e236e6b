import type { Progress } from "@steward/core/apply/step-progress";
import type { FleetFacts, NodeFacts } from "@steward/core/fleet/facts";
import type { Step } from "@steward/core/runbooks/steps";
import { describe, expect, test } from "vitest";
import { desired, FIRST, healthyFleet, NOW, node, SECOND } from "../builders.ts";
import { before, build, declaredOf, VOLUME } from "../first-deploy/founding.ts";
import { base, done, due, impossible, judge, pending, vanished } from "./judge.ts";

describe("the data volume of a server", () => {
  const attach: Step = { do: "attach-volume", volumeId: VOLUME, ...base };
  const volume = (but: Partial<NonNullable<FleetFacts["dataVolume"]>>) => ({
    dataVolume: { id: VOLUME, state: "available", attachedTo: null, isNew: false, ...but },
  });
  const starting = { lifecycle: "Pending:Wait", target: null } as const;

  test.each<[string, Partial<NodeFacts> | undefined, Partial<FleetFacts>, Progress]>([
    ["is attached when it is free and the server runs", starting, volume({}), due],
    ["waits for the server", { ...starting, ec2: "pending" }, volume({}), pending(`${FIRST} is pending`)],
    ["waits for a server that EC2 does not know yet", { ...starting, ec2: null, lifecycle: "Pending" }, volume({}), pending(`${FIRST} is not there yet`)],
    ["waits for whoever has it", starting, volume({ state: "in-use", attachedTo: SECOND }), pending(`${VOLUME} is in-use with ${SECOND}: it is not free`)],
    [
      "waits while it is detached",
      starting,
      volume({ state: "detaching", attachedTo: SECOND }),
      pending(`${VOLUME} is detaching with ${SECOND}: it is not free`),
    ],
    ["waits while it is made", starting, volume({ state: "creating" }), pending(`${VOLUME} is creating: it is not free`)],
    ["is on its way", starting, volume({ state: "attaching", attachedTo: FIRST }), pending(`${VOLUME} is being attached`)],
    ["is there", starting, volume({ state: "in-use", attachedTo: FIRST }), done],
    ["is nobody's when the server is gone", undefined, volume({}), vanished],
    ["is not given to a server that leaves", { ...starting, lifecycle: "Terminating:Wait" }, volume({}), vanished],
    ["is not given to a server that ends", { ...starting, ec2: "shutting-down" }, volume({}), vanished],
    ["is not exchanged for another", starting, volume({ id: "vol-other" }), impossible(`${VOLUME} is not the fleet's data volume any more`)],
    ["is not invented", starting, {}, impossible(`${VOLUME} is not the fleet's data volume any more`)],
  ])("%s", (_what, first, but, progress) => {
    expect(judge(attach, first, { topology: "single", beside: [], ...but })).toEqual(progress);
  });

  test("is settled once, and only that one", () => {
    const settle: Step = { do: "settle-volume", volumeId: VOLUME, because: "" };
    expect([volume({ isNew: true }), volume({}), volume({ id: "vol-other", isNew: true }), {}].map((but) => judge(settle, {}, but))).toEqual([
      due,
      done,
      done,
      done,
    ]);
  });
});

describe("the address of a server", () => {
  const move: Step = { do: "move-address", allocationId: "eipalloc-1", ...base };
  const held = pending(`${SECOND} still has the address: it lets go of it when it is ended through its group`);
  const heldBy = (instanceId: string | null) => ({ address: { allocationId: "eipalloc-1", instanceId } });

  test.each<[string, Partial<NodeFacts> | undefined, NodeFacts[], string | null, Progress]>([
    ["comes when nobody has it", {}, [], null, due],
    ["is there", {}, [], FIRST, done],
    ["is not taken from a server that runs", {}, [node({ instanceId: SECOND })], SECOND, held],
    ["is not taken from one that is being ended, which lets go of it", {}, [node({ instanceId: SECOND, ec2: "shutting-down" })], SECOND, held],
    ["is not taken from one that nobody knows", {}, [], SECOND, held],
    ["goes to no server that is gone", undefined, [], null, vanished],
    ["goes to no server that ends", { ec2: "stopping" }, [], null, vanished],
    ["goes to no server that leaves", { lifecycle: "Terminating:Wait" }, [], null, vanished],
  ])("%s", (_what, first, beside, holder, progress) => {
    expect(judge(move, first, { topology: "single", beside, ...heldBy(holder) })).toEqual(progress);
  });

  test("is missed where there is none", () => {
    expect(judge(move, {}, { topology: "single", beside: [], address: null })).toEqual(impossible("there is no address by the fleet's name"));
  });
});

describe("a step of a first deploy", () => {
  const founding = (but: Partial<NonNullable<FleetFacts["firstDeploy"]>>) => ({ firstDeploy: { ...before("ha", "image").firstDeploy, ...but } });
  const record = (but: object) => founding({ record: { ...before("ha", "image").firstDeploy.record, ...but } });
  const declared = declaredOf("ha").pointer;
  const state = { ...desired, revision: 2 };
  const group = (but: Partial<FleetFacts["group"]>) => ({ group: { ...healthyFleet().group, min: 0, max: 3, desired: 1, ...but } });
  const steps = {
    build: { do: "build-image", attempt: 1, because: "" },
    volume: { do: "make-volume", volume: declaredOf("single").document.dataVolume ?? expect.fail("it has one"), because: "" },
    document: {
      do: "write-document",
      declared,
      dataVolume: null,
      database: null,
      keyFingerprint: state.keyFingerprint,
      sha256: state.document.sha256,
      because: "",
    },
    template: { do: "write-template", base: "steward-demo-base", baseVersion: 3, imageId: "ami-1", because: "" },
    size: { do: "size-group", min: 0, max: 3, desired: 1, template: 2, because: "" },
    sizeAlone: { do: "size-group", min: 0, max: 3, desired: 1, template: null, because: "" },
    database: { do: "init-database", document: desired.document, ...base },
    remember: { do: "remember-database", because: "" },
    commit: { do: "commit-desired", state, because: "" },
  } satisfies Record<string, Step>;

  test.each<[string, keyof typeof steps, Partial<FleetFacts> & { applied?: boolean }, Progress]>([
    ["builds when nothing is under way", "build", { builds: [build({ state: "failed" })] }, due],
    ["waits for a build to show", "build", { builds: [], applied: true }, pending("Image Builder has not begun yet")],
    ["has begun a build when one is under way, whoever began it", "build", { builds: [build()] }, done],
    ["does not build without having asked Image Builder", "build", { builds: null }, pending("nobody has asked Image Builder")],
    ["makes a volume where there is none", "volume", {}, due],
    ["waits for the volume to show", "volume", { applied: true }, pending("the volume does not show yet")],
    [
      "waits while the volume is made",
      "volume",
      { dataVolume: { id: VOLUME, state: "creating", attachedTo: null, isNew: true } },
      pending(`${VOLUME} is being made`),
    ],
    ["has a volume", "volume", { dataVolume: { id: VOLUME, state: "available", attachedTo: null, isNew: true } }, done],
    ["writes the document of what is declared", "document", record({ written: { declared: "another", state } }), due],
    [
      "writes the document that has become another",
      "document",
      record({ written: { declared: declared.sha256, state: { ...state, document: { ...state.document, sha256: "f".repeat(64) } } } }),
      due,
    ],
    ["writes the document of another key", "document", record({ written: { declared: declared.sha256, state: { ...state, keyFingerprint: "f" } } }), due],
    ["has written it", "document", record({ written: { declared: declared.sha256, state } }), done],
    ["writes nothing twice where no first deploy is under way any more", "document", {}, due],
    ["writes a template", "template", founding({ template: { version: 1, imageId: "ami-0", base: 3 } }), due],
    ["writes a template of another version of the deploy's", "template", founding({ template: { version: 1, imageId: "ami-1", base: 2 } }), due],
    ["waits for the template to show", "template", { applied: true, ...founding({}) }, pending("the new version does not show yet")],
    ["has a template", "template", founding({ template: { version: 2, imageId: "ami-1", base: 3 } }), done],
    ["sizes a group of another size", "size", group({ min: 1, template: { name: "steward-demo-node", version: "2" } }), due],
    ["sizes a group of another largest size", "size", group({ max: 4, template: { name: "steward-demo-node", version: "2" } }), due],
    ["sizes a group that should have more", "size", group({ desired: 0, template: { name: "steward-demo-node", version: "2" } }), due],
    ["sizes a group that launches from another version", "size", group({ template: { name: "steward-demo-node", version: "1" } }), due],
    ["sizes a group that launches from the deploy's template", "size", group({ template: { name: "steward-demo-base", version: "2" } }), due],
    ["sizes a group that launches from nothing", "size", group({ template: null }), due],
    ["has sized the group", "size", group({ template: { name: "steward-demo-node", version: "2" } }), done],
    ["has sized the group whatever it launches from, where that is not said", "sizeAlone", group({ template: null }), done],
    ["prepares the database", "database", {}, due],
    ["waits for the node that prepares it", "database", { applied: true }, pending(`${FIRST} is making logins and schemas`)],
    ["remembers the database", "remember", founding({}), due],
    ["has remembered it", "remember", record({ databaseAt: NOW }), done],
    ["puts the first state into effect", "commit", { desired: null }, due],
    ["puts the next state into effect", "commit", { desired: { ...state, revision: 1 } }, due],
    ["has put it into effect", "commit", { desired: state }, done],
    ["never goes back", "commit", { desired: { ...state, revision: 3 } }, impossible("revision 3 is in effect already")],
    [
      "never puts another state in the place of one of the same revision",
      "commit",
      { desired: { ...state, document: { ...state.document, sha256: "f".repeat(64) } } },
      impossible("revision 2 is in effect already"),
    ],
  ])("%s", (_what, step, but, progress) => {
    expect(judge(steps[step], {}, but)).toEqual(progress);
  });
});
