import { components } from "../image/components.ts";
import { PROGRAM } from "../image/steward-node.ts";
import { part } from "../settings/cidr.ts";
import type { StageSettings } from "../settings/schema.ts";
import { type Arns, bucketName } from "./arns.ts";
import { imageBuilderRole } from "./image-role.ts";
import type { BuilderSpec, BuilderSubnet, DistributionSpec, ImageSpec, PipelineSpec, RecipeSpec } from "./image-spec.ts";
import type { Names } from "./names.ts";
import type { TrafficSpec } from "./network-spec.ts";
import type { LogGroupSpec } from "./state-spec.ts";

interface Subject {
  stage: string;
  n: Names;
  a: Arns;
}

/** The pipeline of the golden image: same settings, same recipe. */
export function image(settings: StageSettings, subject: Subject): ImageSpec {
  const { stage, n } = subject;
  const key = `image/steward-node/${PROGRAM}.mjs`;
  const source = `s3://${bucketName(stage, settings.account, "state")}/${key}`;
  return {
    program: { key, file: "dist/node/steward-node.mjs" },
    components: components(settings, { name: (id) => `${n.image}-${id}`, group: n.group, logGroup: n.nodeLogs, source }),
    recipe: recipe(settings, n),
    builder: builder(settings, subject),
    distribution: distribution(settings, subject),
    pipeline: pipeline(n),
  };
}

/** Images that Image Builder offers of Canonical; `x.x.x` is its newest. Source: Image Builder user guide, "Semantic versioning in Image Builder". */
const PARENTS: Record<StageSettings["nodes"]["ubuntu"], string> = { "22.04": "ubuntu-server-22-lts-x86", "24.04": "ubuntu-server-24-lts-x86" };

const recipe = ({ region, nodes }: StageSettings, n: Names): RecipeSpec => ({
  name: n.image,
  parent: `arn:aws:imagebuilder:${region}:aws:image/${PARENTS[nodes.ubuntu]}/x.x.x`,
  rootVolume: { device: "/dev/sda1", gib: nodes.rootGib, type: "gp3", key: "data" },
  keepsAgent: true,
});

const builderName = (n: Names): string => `${n.image}-builder`;

function builder(settings: StageSettings, { stage, n, a }: Subject): BuilderSpec {
  return {
    name: builderName(n),
    instanceType: "t3.large",
    role: imageBuilderRole(settings, { name: builderName(n), stage, a }),
    placement: placement(settings, n),
    securityGroup: { name: builderName(n), description: "Builds and tests of the golden image: nothing comes in", egress: WAYS_OUT },
    admittedBy: settings.network.interfaceEndpoints ? ["endpoints"] : [],
    metadata: { httpTokens: "required", hopLimit: 1 },
    /** Not the stage's tag: whoever carries that may be commanded by Steward. */
    tags: { "steward:builds-for": stage },
    terminateOnFailure: true,
  };
}

const out = (port: number, because: string): TrafficSpec => ({ protocol: "tcp", from: port, to: port, peer: { cidr: "0.0.0.0/0" }, because });
const WAYS_OUT = [out(443, "AWS, Posit, Node.js and PyPI"), out(80, "Ubuntu package mirrors, whose packages are signed")];

/**
 * Image Builder gives its instances no public address of their own, so in a public subnet the subnet has to. The nodes' public subnets
 * don't, hence one more: the last sixteenth of the range.
 */
function placement({ topology, network: { cidr, zones } }: StageSettings, n: Names): BuilderSubnet {
  if (topology === "ha") return { of: "nodes", id: "nodes" };
  const bits = Number(cidr.split("/")[1]) + 4;
  return { of: "builder", routeTable: "public", subnet: { name: builderName(n), zone: zones[0] as string, cidr: part(cidr, bits, 15) } };
}

/** What an image says of itself: whose it is, what is in it, and that nobody has proven it yet. */
const imageTags = ({ packageManager, nodes }: StageSettings, { stage, n }: Subject): Record<string, string> => ({
  Name: n.image,
  "steward:stage": stage,
  "steward:version": packageManager.version,
  "steward:ubuntu": nodes.ubuntu,
  "steward:r": packageManager.rVersions.join(" "),
  "steward:python": packageManager.pythonVersions.join(" "),
  "steward:image": "candidate",
});

const distribution = (settings: StageSettings, subject: Subject): DistributionSpec => ({
  name: subject.n.image,
  region: settings.region,
  imageName: `${subject.n.image} {{ imagebuilder:buildDate }}`,
  imageTags: imageTags(settings, subject),
  key: "data",
});

/** Without a role of its own, Image Builder writes only to groups of this beginning. Source: Image Builder API reference, "PipelineLoggingConfiguration". */
const LOGS = "/aws/imagebuilder/";

const pipeline = (n: Names): PipelineSpec => ({
  name: n.image,
  enabled: true,
  schedule: "cron(0 4 ? * mon *)",
  builds: "updates",
  tests: { timeoutMinutes: 90 },
  logs: { image: `${LOGS}${n.image}`, pipeline: `${LOGS}pipeline/${n.image}` },
});

/** Image Builder makes its log groups itself, without an end, unless they are there. */
export const imageLogGroups = ({ logDays }: StageSettings, n: Names): LogGroupSpec[] =>
  Object.values(pipeline(n).logs).map((name) => ({ name, retentionDays: logDays }));
