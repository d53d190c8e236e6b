import type { StageSettings } from "../settings/schema.ts";
import { agents } from "./agents.ts";
import { clean } from "./clean.ts";
import { type Phases, rendered } from "./component.ts";
import { languages } from "./languages.ts";
import { packageManager } from "./package-manager.ts";
import { sandbox } from "./sandbox.ts";
import { stewardNode } from "./steward-node.ts";
import { system } from "./system.ts";
import { trial } from "./trial.ts";

export const COMPONENT_IDS = ["system", "package-manager", "languages", "steward-node", "agents", "sandbox", "clean", "trial"] as const;
export type ComponentId = (typeof COMPONENT_IDS)[number];

export interface ComponentSpec {
  id: ComponentId;
  name: string;
  description: string;
  /** The document's text; `{program}` stands for the checksum of the node's program. */
  data: string;
}

/** What of a deployment is baked into its image; all of it is in names that everybody may know. */
export interface Baked {
  name: (id: ComponentId) => string;
  group: string;
  logGroup: string;
  /** S3 URI of the node's program. */
  source: string;
}

const WORDS: Record<ComponentId, string> = {
  system: "Ubuntu's updates, its clock, and no updates afterwards",
  "package-manager": "Package Manager at its version, held and masked",
  languages: "R and Python for the Git builders",
  "steward-node": "The node's own program and the units that start it",
  agents: "What the node tells CloudWatch and Systems Manager",
  sandbox: "What the Git builders' sandbox needs",
  clean: "Nothing inside that is to be each node's own",
  trial: "Package Manager answers once, with a configuration that is thrown away",
};

/** Every component of the image in the order in which Image Builder runs them: `clean` is the last to build, `trial` the last to test. */
export function components(settings: StageSettings, baked: Baked): ComponentSpec[] {
  const { topology, account, region, packageManager: wanted, nodes } = settings;
  const phases: Record<ComponentId, Phases> = {
    system,
    "package-manager": packageManager(wanted),
    languages: languages({ ...wanted, ubuntu: nodes.ubuntu }),
    "steward-node": stewardNode({ topology, account, source: baked.source }),
    agents: agents({ group: baked.group, logGroup: baked.logGroup, region }),
    sandbox: sandbox(nodes),
    clean,
    trial,
  };
  return COMPONENT_IDS.map((id) => ({ id, name: baked.name(id), description: WORDS[id], data: rendered(baked.name(id), WORDS[id], phases[id]) }));
}
