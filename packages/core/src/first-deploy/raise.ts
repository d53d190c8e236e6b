import type { NodeFacts } from "../fleet/facts.ts";
import { servingNodes } from "../fleet/standing.ts";
import { servingInWords } from "../health/serving-words.ts";
import type { Step } from "../runbooks/steps.ts";
import { names } from "../topology/names.ts";
import { TOPOLOGIES } from "../topology/topology.ts";
import { act, done, type Founding, type Stage, wait } from "./stages.ts";

const waiting = ({ nodes }: Founding): NodeFacts | undefined => nodes.find(({ lifecycle }) => lifecycle === "Pending:Wait");

/** Held, or let in since. */
const hasCome = ({ nodes }: Founding): boolean => nodes.some(({ lifecycle }) => /^(Pending:(Wait|Proceed)|InService)$/.test(lifecycle ?? ""));

/** From Steward's own template, at this version. */
const launchesFrom = ({ stage, group: { template } }: Founding, version: number): boolean =>
  template?.name === names(stage).launchTemplate && template.version === String(version);

const sentAway = ({ instanceId }: NodeFacts, stage: string): Step => ({
  do: "complete-lifecycle",
  instanceId,
  hook: names(stage).launchHook,
  result: "ABANDON",
  because: "the group launches another from the template as it is now",
});

/** The first node comes alone: two would both begin to fill the same empty database. */
const firstNode: Stage = {
  id: "first-node",
  words: "the first node is launched and held",
  topologies: TOPOLOGIES,
  within: { minutes: 30 },
  stand: (facts) => {
    const { template, declared } = facts.firstDeploy;
    if (servingNodes(facts).length > 0) return done;
    if (!template || !declared) return wait("there is no launch template yet");
    const { group } = facts;
    if (group.desired === 0 || !launchesFrom(facts, template.version)) {
      const sizes = { min: 0, max: declared.document.serving.max, desired: 1 };
      return act("everything that a node needs is there", { do: "size-group", ...sizes, template: template.version, because: "the first node comes alone" });
    }
    const other = facts.nodes.find(({ lifecycle, imageId }) => lifecycle === "Pending:Wait" && imageId !== template.imageId);
    if (other) return act(`${other.instanceId} was launched from another image`, sentAway(other, facts.stage));
    return hasCome(facts) ? done : wait(`the group launches the first node${group.failure ? `; last it said: ${group.failure}` : ""}`);
  },
};

/** On a node, because nothing else reaches the database. */
const initDatabase: Stage = {
  id: "init-database",
  words: "roles and schemas are made in the empty database",
  topologies: ["ha"],
  within: { minutes: 30 },
  stand: (facts) => {
    const { databaseAt, written } = facts.firstDeploy.record;
    if (databaseAt) return done;
    const node = waiting(facts);
    if (!node || !written) return wait("the first node is not there yet");
    if (node.probe.kind === "unknown") return wait(`${node.instanceId} does not report yet: ${node.probe.because}`);
    const { instanceId } = node;
    return act(
      "the database is empty",
      { do: "init-database", instanceId, document: written.state.document, because: "Package Manager needs its logins and schemas before it first starts" },
      { do: "remember-database", because: "it is done once" },
    );
  },
};

/** Last, because from then on nodes become what it says. */
const desiredState: Stage = {
  id: "desired-state",
  words: "the desired state is in effect",
  topologies: TOPOLOGIES,
  within: { minutes: 30 },
  stand: ({ desired, firstDeploy: { record } }) => {
    const { written } = record;
    if (!written) return wait("the document of the nodes is not written yet");
    if (desired?.document.sha256 === written.state.document.sha256 && desired.keyFingerprint === written.state.keyFingerprint) return done;
    const state = { ...written.state, revision: (desired?.revision ?? 0) + 1 };
    return act(desired ? "another document was declared meanwhile" : "nothing is in effect yet", {
      do: "commit-desired",
      state,
      because: "nodes become what it says",
    });
  },
};

const firstServing: Stage = {
  id: "first-serving",
  words: "the first node is admitted",
  topologies: TOPOLOGIES,
  within: { minutes: 45 },
  stand: (facts) => (servingNodes(facts).length > 0 ? done : wait("the first node becomes what is wanted and is let in")),
};

const fleet: Stage = {
  id: "fleet",
  words: "the whole fleet serves",
  topologies: TOPOLOGIES,
  within: { minutes: 45 },
  stand: (facts, policy) => {
    const sizes = facts.firstDeploy.declared?.document.serving;
    if (!sizes) return wait("no deploy has declared the fleet's sizes");
    const { min, max, desired } = facts.group;
    if (min !== sizes.min || max !== sizes.max || desired !== sizes.desired)
      return act("the first node serves", { do: "size-group", ...sizes, template: null, because: "the fleet gets the sizes that were declared" });
    return servingNodes(facts).length >= policy.capacity ? done : wait(`${servingInWords(facts, policy)}: the others are admitted one after the other`);
  },
};

/** From the first node to the fleet that was declared. */
export const RAISING: readonly Stage[] = [firstNode, initDatabase, desiredState, firstServing, fleet];
