import { createLaunchTemplates } from "@steward/aws/launch-template";
import { Permanent } from "@steward/core/errors";
import { describe, expect, test } from "vitest";
import { refuse, stubAws } from "./stub-aws.ts";

const BASE = {
  InstanceType: "m6i.2xlarge",
  ImageId: "resolve:ssm:/aws/service/canonical/ubuntu",
  UserData: "I2Nsb3Vk",
  TagSpecifications: [{ ResourceType: "instance" }],
};
const OWN = "steward-demo-node";

/** Newest versions by the template's name; a template that is not named is not there. */
function given(versions: Record<string, object>) {
  const aws = stubAws({
    DescribeLaunchTemplates: ({ Filters }) => {
      const { Values = [] } = (Filters as { Values?: string[] }[])[0] ?? {};
      return { LaunchTemplates: Values.filter((name) => name in versions).map((LaunchTemplateName) => ({ LaunchTemplateName })) };
    },
    DescribeLaunchTemplateVersions: ({ LaunchTemplateName }) => ({ LaunchTemplateVersions: [versions[LaunchTemplateName as string]] }),
    CreateLaunchTemplate: () => ({}),
    CreateLaunchTemplateVersion: () => ({}),
  });
  return { ...aws, templates: createLaunchTemplates(aws.clients.ec2, { name: OWN, stage: "demo" }) };
}
const base = { VersionNumber: 3, LaunchTemplateData: BASE };
const write = { base: "steward-demo-base", imageId: "ami-1", token: "token" };
const common = {
  LaunchTemplateName: OWN,
  LaunchTemplateData: { ...BASE, ImageId: "ami-1" },
  ClientToken: "token",
  VersionDescription: "steward-demo-base with ami-1",
};

describe("the newest version", () => {
  test("is told by number and image", async () => {
    const { templates, inputs } = given({ [OWN]: { VersionNumber: 7, LaunchTemplateData: { ImageId: "ami-1" } } });
    expect(await templates.newest()).toEqual({ version: 7, imageId: "ami-1" });
    expect(inputs("DescribeLaunchTemplates")).toEqual([{ Filters: [{ Name: "launch-template-name", Values: [OWN] }] }]);
    expect(inputs("DescribeLaunchTemplateVersions")).toEqual([{ LaunchTemplateName: OWN, Versions: ["$Latest"] }]);
  });

  test.each<[string, Record<string, object>]>([
    ["no template", {}],
    ["no number", { [OWN]: { LaunchTemplateData: { ImageId: "ami-1" } } }],
    ["no image", { [OWN]: { VersionNumber: 7, LaunchTemplateData: {} } }],
  ])("is none where there is %s", async (_what, versions) => {
    expect(await given(versions).templates.newest()).toBeNull();
  });

  test.each(["DescribeLaunchTemplates", "DescribeLaunchTemplateVersions"])("that %s does not say is a failure, and not none", async (operation) => {
    const LaunchTemplates = [{ LaunchTemplateName: OWN }];
    const { clients } = stubAws({ DescribeLaunchTemplates: () => ({ LaunchTemplates }), [operation]: refuse("UnauthorizedOperation", "no", 403) });
    await expect(createLaunchTemplates(clients.ec2, { name: OWN, stage: "demo" }).newest()).rejects.toBeInstanceOf(Permanent);
  });
});

describe("a template", () => {
  test("is made as the deploy's with the image in it, tagged with the stage", async () => {
    const { templates, inputs } = given({ "steward-demo-base": base });
    await templates.write(write);
    const TagSpecifications = [{ ResourceType: "launch-template", Tags: [{ Key: "steward:stage", Value: "demo" }] }];
    expect(inputs("CreateLaunchTemplate")).toEqual([{ ...common, TagSpecifications }]);
    expect(inputs("CreateLaunchTemplateVersion")).toEqual([]);
  });

  test("that is there gets another version", async () => {
    const { templates, inputs } = given({ "steward-demo-base": base, [OWN]: { VersionNumber: 1, LaunchTemplateData: {} } });
    await templates.write(write);
    expect(inputs("CreateLaunchTemplateVersion")).toEqual([common]);
    expect(inputs("CreateLaunchTemplate")).toEqual([]);
  });

  test("that has the image already is left as it is", async () => {
    const { templates, sent } = given({ "steward-demo-base": base, [OWN]: { VersionNumber: 1, LaunchTemplateData: { ImageId: "ami-1" } } });
    await templates.write(write);
    expect(sent.map(({ command }) => command).filter((command) => command.startsWith("Create"))).toEqual([]);
  });

  test("is not made out of nothing", async () => {
    const { templates, sent } = given({});
    await expect(templates.write(write)).rejects.toThrow(new Permanent("there is no launch template steward-demo-base"));
    expect(sent.map(({ command }) => command).filter((command) => command.startsWith("Create"))).toEqual([]);
  });
});
