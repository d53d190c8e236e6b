import type { ComponentSpec } from "../image/components.ts";
import type { VolumeSpec } from "./fleet-spec.ts";
import type { RouteTableSpec, SecurityGroupId, SubnetId, SubnetSpec, TrafficSpec } from "./network-spec.ts";
import type { KeyId, RoleSpec } from "./state-spec.ts";

/** The node's program, as the deploy has built it, in the state bucket under its own checksum. */
export interface ProgramSpec {
  /** `{program}` stands for the checksum. */
  key: string;
  /** Relative to the repository. */
  file: string;
}

/** From what and in what order the image is made. Image Builder calls the image as its recipe. */
export interface RecipeSpec {
  name: string;
  /** ARN of an image of Canonical's, its version left open: so a new one counts as an update. */
  parent: string;
  rootVolume: Omit<VolumeSpec, "iops" | "throughput">;
  /** Systems Manager's agent stays in the image. */
  keepsAgent: boolean;
}

/** Where builds and tests run: a subnet of the nodes that has a way out, or one of its own whose instances get a public address. */
export type BuilderSubnet = { of: "nodes"; id: SubnetId } | { of: "builder"; routeTable: RouteTableSpec["id"]; subnet: Omit<SubnetSpec, "id"> };

/** The instances that build and test the image; nothing reaches them, and Steward may not command them. */
export interface BuilderSpec {
  name: string;
  instanceType: string;
  role: RoleSpec;
  placement: BuilderSubnet;
  securityGroup: { name: string; description: string; egress: TrafficSpec[] };
  /** Groups that let the builder in over 443: private ways to AWS, where there are any. */
  admittedBy: SecurityGroupId[];
  metadata: { httpTokens: "required"; hopLimit: number };
  tags: Record<string, string>;
  terminateOnFailure: boolean;
}

export interface DistributionSpec {
  name: string;
  region: string;
  /** Image Builder puts the date of the build into it. */
  imageName: string;
  imageTags: Record<string, string>;
  key: KeyId;
}

export interface PipelineSpec {
  name: string;
  enabled: boolean;
  /** Image Builder's cron expression, UTC. */
  schedule: string;
  /** `updates`: only if the parent image or a component has changed since the last build. */
  builds: "updates" | "always";
  tests: { timeoutMinutes: number };
  logs: { image: string; pipeline: string };
}

/** How the golden image is made; the images themselves are Steward's. */
export interface ImageSpec {
  program: ProgramSpec;
  components: ComponentSpec[];
  recipe: RecipeSpec;
  builder: BuilderSpec;
  distribution: DistributionSpec;
  pipeline: PipelineSpec;
}
