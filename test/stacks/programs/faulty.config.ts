/// <reference path="../../../.sst/platform/config.d.ts" />
/** Each stage goes wrong in its own ways. */
const faults: Record<string, () => unknown> = {
  throws: () => {
    throw new Error("no such topology");
  },
  rejects: () => {
    new aws.sns.Topic("Topic").arn.apply(() => Promise.reject(new Error("too late")));
    aws.ec2.getVpcOutput({ default: true });
    new sst.aws.Function("Function", { handler: "src/function.handler" });
    new sst.aws.Function("Unbuilt", { handler: "index.handler", bundle: "test/stacks/programs" });
  },
  inputs: () => {
    const detector = new aws.guardduty.Detector("Detector");
    new aws.sns.Topic("Output", { displayName: detector.arn });
    new aws.sns.Topic("Id", { displayName: $interpolate`of ${detector.id}` });
    new aws.sns.Topic("InJson", { policy: $jsonStringify({ Resource: detector.arn }) });
    new aws.sns.Topic("AsText", { displayName: `of ${detector.arn}` });
    new aws.sns.Topic("Undefined", { displayName: $interpolate`of ${detector.enable}` });
    new aws.sns.Topic("Never", { displayName: $output(new Promise<string>(() => {})) });
    new aws.sns.Topic("Twice");
    new aws.sns.Topic("Twice");
  },
  "never-ends": () => new Promise(() => {}),
};

export default $config({
  app: ({ stage }) => ({
    name: "steward",
    home: "aws",
    providers: { aws: { version: "7.20.0", region: stage === "elsewhere" ? "eu-central-1" : "us-east-1" } },
  }),
  async run() {
    await faults[$app.stage]?.();
  },
});
