/// <reference path="../../../.sst/platform/config.d.ts" />
/** A small program with one of each kind that the harness has to get right. */
export default $config({
  app: () => ({ name: "steward", home: "aws", providers: { aws: { version: "7.20.0", region: "us-east-1" } } }),
  async run() {
    const topic = new aws.sns.Topic("People", { name: "steward-skeleton-people" });
    const observe = new sst.aws.Function("Observe", {
      name: "steward-skeleton-observe",
      bundle: "test/stacks/programs/function",
      handler: "index.handler",
      runtime: "nodejs24.x",
      architecture: "arm64",
      logging: { format: "json" },
      permissions: [{ actions: ["sns:Publish"], resources: [topic.arn] }],
      transform: {
        role: (args) => {
          args.name = "steward-skeleton-observe";
          args.managedPolicyArns = [];
        },
      },
    });
    const remediate = new sst.aws.Workflow("Remediate", {
      name: "steward-skeleton-remediate",
      bundle: "test/stacks/programs/function",
      handler: "index.handler",
      transform: {
        function: {
          role: (args) => {
            args.name = "steward-skeleton-remediate";
          },
        },
      },
    });
    const template = new aws.ec2.LaunchTemplate("Node", { name: "steward-skeleton-node", imageId: "ami-0123456789abcdef0" });
    new aws.autoscaling.Group(
      "Nodes",
      { name: "steward-skeleton-nodes", minSize: 0, maxSize: 3, launchTemplate: { id: template.id, version: $interpolate`${template.latestVersion}` } },
      { ignoreChanges: ["desiredCapacity"], protect: true, retainOnDelete: true },
    );
    return { observe: observe.arn, remediate: remediate.qualifier };
  },
});
