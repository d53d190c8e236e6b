import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type EC2Client,
  type LaunchTemplateVersion,
  type RequestLaunchTemplateData,
} from "@aws-sdk/client-ec2";
import { Permanent } from "@steward/core/errors";
import type { FirstDeployFacts } from "@steward/core/first-deploy/facts";
import { calling } from "./failures.ts";

interface Wanted {
  base: string;
  baseVersion: number;
  imageId: string;
  token: string;
}

export type LaunchTemplates = ReturnType<typeof createLaunchTemplates>;

/** Steward's own launch template: what the deploy's says, with an image in it. */
export function createLaunchTemplates(client: EC2Client, { name, stage }: { name: string; stage: string }) {
  /** Its newest version; undefined where there is no such template. */
  const newest = (LaunchTemplateName: string): Promise<LaunchTemplateVersion | undefined> =>
    calling(`describe launch template ${LaunchTemplateName}`, async () => {
      // By filter first: asking for the versions of a template that is not there is an error on everybody's record.
      const Filters = [{ Name: "launch-template-name", Values: [LaunchTemplateName] }];
      const { LaunchTemplates = [] } = await client.send(new DescribeLaunchTemplatesCommand({ Filters }));
      if (LaunchTemplates.length === 0) return undefined;
      const { LaunchTemplateVersions } = await client.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName, Versions: ["$Latest"] }));
      return LaunchTemplateVersions?.[0];
    });

  return {
    newest: async (): Promise<FirstDeployFacts["template"]> => {
      const found = await newest(name);
      const imageId = found?.LaunchTemplateData?.ImageId;
      if (found?.VersionNumber === undefined || imageId === undefined) return null;
      const base = Number(/ version (\d+) with /.exec(found.VersionDescription ?? "")?.[1]);
      return { version: found.VersionNumber, imageId, base: base > 0 ? base : null };
    },

    baseVersion: async (base: string): Promise<number | null> => (await newest(base))?.VersionNumber ?? null,

    /** A new version, or the first; nothing where the newest has the image already. The token makes a repetition that races the same one. */
    write: async ({ base, baseVersion, imageId, token }: Wanted): Promise<void> => {
      const VersionDescription = `${base} version ${baseVersion} with ${imageId}`;
      const own = await newest(name);
      if (own?.VersionDescription === VersionDescription) return;
      const { LaunchTemplateData: data, VersionNumber } = (await newest(base)) ?? {};
      if (!data || VersionNumber !== baseVersion) throw new Permanent(`launch template ${base} is not at version ${baseVersion} any more`);
      const LaunchTemplateData = { ...data, ImageId: imageId } as RequestLaunchTemplateData;
      const common = { LaunchTemplateName: name, LaunchTemplateData, ClientToken: token, VersionDescription };
      const Tags = [{ Key: "steward:stage", Value: stage }];
      await calling(`write launch template ${name}`, () =>
        own
          ? client.send(new CreateLaunchTemplateVersionCommand(common))
          : client.send(new CreateLaunchTemplateCommand({ ...common, TagSpecifications: [{ ResourceType: "launch-template", Tags }] })),
      );
    },
  };
}
