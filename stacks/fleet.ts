import type { GroupSpec, LaunchTemplateSpec } from "@steward/core/topology/fleet-spec";
import { ignoredOf } from "@steward/core/topology/ownership";
import type { Topology } from "@steward/core/topology/topology";
import type { Keys } from "./keys.ts";
import type { Network } from "./network.ts";
import { optionsOf } from "./options.ts";

interface Around {
  network: Network;
  keys: Keys;
  targetGroupArns: $util.Output<string>[];
  profile: aws.iam.InstanceProfile;
  /** Everything that watches the group or that its nodes need: it is there before the first launch can be. */
  after: $util.Resource[];
}

/** The group and what it starts with. It is made empty, and empties itself when it goes; in between its size and template are Steward's. */
export function deployFleet({ group, launchTemplate }: Topology, around: Around): aws.autoscaling.Group {
  const template = new aws.ec2.LaunchTemplate("BaseTemplate", templateOf(launchTemplate, around), optionsOf("launch-template"));
  const settings = {
    ...groupOf(group),
    vpcZoneIdentifiers: group.subnets.map(around.network.subnet),
    targetGroupArns: around.targetGroupArns,
    launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
  };
  return new aws.autoscaling.Group("Nodes", settings, {
    ...optionsOf("group"),
    ignoreChanges: ignoredOf("group"),
    /** The terminate hook holds each node for up to 15 minutes, and nodes may go one after the other. */
    customTimeouts: { delete: "60m" },
    dependsOn: around.after,
  });
}

const templateOf = (spec: LaunchTemplateSpec, { network, keys, profile }: Around): aws.ec2.LaunchTemplateArgs => ({
  name: spec.name,
  updateDefaultVersion: true,
  imageId: spec.imageId,
  instanceType: spec.instanceType,
  iamInstanceProfile: { name: profile.name },
  networkInterfaces: [
    {
      deviceIndex: 0,
      associatePublicIpAddress: String(spec.publicAddress),
      securityGroups: [network.securityGroup(spec.securityGroup)],
      deleteOnTermination: "true",
    },
  ],
  blockDeviceMappings: [{ deviceName: spec.rootVolume.device, ebs: ebsOf(spec.rootVolume, keys) }],
  metadataOptions: {
    httpEndpoint: "enabled",
    httpTokens: spec.metadata.httpTokens,
    httpPutResponseHopLimit: spec.metadata.hopLimit,
    instanceMetadataTags: spec.metadata.instanceTags ? "enabled" : "disabled",
  },
  userData: Buffer.from(spec.userData).toString("base64"),
  tagSpecifications: spec.tagged.map((resourceType) => ({ resourceType, tags: spec.tags })),
});

const ebsOf = ({ gib, type, iops, throughput, key }: LaunchTemplateSpec["rootVolume"], keys: Keys) => ({
  volumeSize: gib,
  volumeType: type,
  iops,
  throughput,
  encrypted: "true",
  kmsKeyId: keys.arn(key),
  deleteOnTermination: "true",
});

const groupOf = (spec: GroupSpec) => ({
  name: spec.name,
  minSize: spec.initial.min,
  maxSize: spec.initial.max,
  desiredCapacity: spec.initial.desired,
  /** A deploy never waits for nodes: there may be no image yet, and admitting them is Steward's. */
  waitForCapacityTimeout: "0",
  healthCheckType: spec.healthCheckType,
  healthCheckGracePeriod: spec.healthCheckGraceSeconds,
  instanceMaintenancePolicy: { minHealthyPercentage: spec.maintenance.minHealthyPercent, maxHealthyPercentage: spec.maintenance.maxHealthyPercent },
  /** AWS takes these at creation only: a hook of its own would come too late for the first launch. */
  initialLifecycleHooks: spec.hooks.map(({ name, transition, heartbeatSeconds, defaultResult }) => ({
    name,
    lifecycleTransition: transition,
    heartbeatTimeout: heartbeatSeconds,
    defaultResult,
  })),
  suspendedProcesses: spec.suspended,
  metricsGranularity: "1Minute",
  enabledMetrics: spec.metrics,
  serviceLinkedRoleArn: spec.serviceRole,
  forceDelete: false,
  tags: Object.entries(spec.tags).map(([key, value]) => ({ key, value, propagateAtLaunch: true })),
});
