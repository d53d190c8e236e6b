/// <reference path="./.sst/platform/config.d.ts" />
/**
 * Deploys one stage of `steward.config.ts`. Wrong settings stop it before anything is created.
 * A stage can be removed only where STEWARD_ALLOW_REMOVE names it; `docs/deploying.md` says how, and what stays.
 */
export default $config({
  async app({ stage }) {
    if (Number(process.versions.node.split(".")[0]) < 24) throw new Error(`Steward needs Node 24 or newer; this is ${process.versions.node}.`);
    const { readStage } = await import("./stacks/settings.ts");
    const { tagsOf } = await import("@steward/core/topology/fleet");
    const { account, region } = await readStage(stage);
    return {
      name: "steward",
      home: "aws",
      version: "4.17.1",
      removal: "retain",
      protect: process.env.STEWARD_ALLOW_REMOVE !== stage,
      providers: { aws: { version: "7.20.0", region: region as aws.Region, allowedAccountIds: [account], defaultTags: { tags: tagsOf(stage) } } },
    };
  },
  async run() {
    const { readTopology } = await import("./stacks/settings.ts");
    const { deploy } = await import("./stacks/deploy.ts");
    return deploy(await readTopology($app.stage));
  },
});
