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
const write = { base: "steward-demo-base", baseVersion: 3, imageId: "ami-1", token: "token" };
const common = {
  LaunchTemplateName: OWN,
  LaunchTemplateData: { ...BASE, ImageId: "ami-1" },
  ClientToken: "token",
  VersionDescription: "steward-demo-base version 3 with ami-1",
};

/** Steward's own, as it was written here. */
const made = { VersionNumber: 1, LaunchTemplateData: { ImageId: "ami-1" }, VersionDescription: common.VersionDescription };

describe("the newest version", () => {
  test("is told by number, image and the deploy's version that it was made of", async () => {
    const { templates, inputs } = given({ [OWN]: { ...made, VersionNumber: 7 } });
    expect(await templates.newest()).toEqual({ version: 7, imageId: "ami-1", base: 3 });
    expect(inputs("DescribeLaunchTemplates")).toEqual([{ Filters: [{ Name: "launch-template-name", Values: [OWN] }] }]);
    expect(inputs("DescribeLaunchTemplateVersions")).toEqual([{ LaunchTemplateName: OWN, Versions: ["$Latest"] }]);
  });

  test.each([undefined, "", "by hand", "steward-demo-base version 0 with ami-1"])("that is described as %j was made of none", async (VersionDescription) => {
    expect(await given({ [OWN]: { ...made, VersionDescription } }).templates.newest()).toEqual({ version: 1, imageId: "ami-1", base: null });
  });

  test("of the deploy's template is told by number, and is none where there is no template", async () => {
    expect(await given({ "steward-demo-base": base }).templates.baseVersion("steward-demo-base")).toBe(3);
    expect(await given({}).templates.baseVersion("steward-demo-base")).toBeNull();
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

  test.each(["steward-demo-base version 2 with ami-1", "steward-demo-base version 3 with ami-0", undefined])(
    "that is described as %j gets another version, whatever image is in it",
    async (VersionDescription) => {
      const { templates, inputs } = given({ "steward-demo-base": base, [OWN]: { ...made, VersionDescription } });
      await templates.write(write);
      expect(inputs("CreateLaunchTemplateVersion")).toEqual([common]);
    },
  );

  test("that was made of this version with this image is left as it is", async () => {
    const { templates, sent } = given({ "steward-demo-base": base, [OWN]: made });
    await templates.write(write);
    expect(sent.map(({ command }) => command).filter((command) => command.startsWith("Create"))).toEqual([]);
  });

  test.each<[string, Record<string, object>]>([
    ["nothing", {}],
    ["another version than was looked at", { "steward-demo-base": { ...base, VersionNumber: 4 } }],
    ["a version without data", { "steward-demo-base": { VersionNumber: 3 } }],
  ])("is not made out of %s", async (_what, versions) => {
    const { templates, sent } = given(versions);
    await expect(templates.write(write)).rejects.toThrow(new Permanent("launch template steward-demo-base is not at version 3 any more"));
    expect(sent.map(({ command }) => command).filter((command) => command.startsWith("Create"))).toEqual([]);
  });
});
