import type * as sdk from "@aws-sdk/client-ec2";
import { arn } from "../../account/account.ts";
import { AwsError, type Operations, type Right } from "../../account/operation.ts";
import { tagContext } from "./collection.ts";
import { wildcard } from "./filters.ts";
import { type LaunchTemplate, type LaunchTemplates, named, type TemplateVersion } from "./launch-templates.ts";
import { once, type Remembered } from "./once.ts";
import { page } from "./page.ts";
import { resolveImage } from "./public-images.ts";
import { toCreate } from "./rights.ts";
import { tagList, tagsFor } from "./template-data.ts";

/** Launch templates and their versions. */
export function templateOperations(templates: LaunchTemplates): Operations<typeof sdk> {
  const made: Remembered<LaunchTemplate> = new Map();
  const added: Remembered<TemplateVersion> = new Map();
  return {
    CreateLaunchTemplate: {
      rights: (input) => toCreate("CreateLaunchTemplate", "launch-template", { tags: tagsFor("launch-template", input.TagSpecifications) }),
      run: (input, call) => {
        const tags = tagsFor("launch-template", input.TagSpecifications);
        const make = () =>
          templates.create(input.LaunchTemplateName ?? "", input.LaunchTemplateData ?? {}, {
            by: call.principal.arn,
            description: input.VersionDescription,
            tags,
          });
        return { LaunchTemplate: templateShape(once(made, input, make)) };
      },
    },
    CreateLaunchTemplateVersion: {
      rights: (input) => onTemplate(templates, "CreateLaunchTemplateVersion", input),
      run: (input, call) => {
        const template = named(templates, input);
        const add = () =>
          templates.addVersion(template, input.LaunchTemplateData ?? {}, {
            by: call.principal.arn,
            description: input.VersionDescription,
            source: input.SourceVersion,
          });
        const version = once(added, input, add);
        return { LaunchTemplateVersion: versionShape(template, version) };
      },
    },
    ModifyLaunchTemplate: {
      rights: (input) => onTemplate(templates, "ModifyLaunchTemplate", input),
      run: (input) => {
        const template = named(templates, input);
        if (input.DefaultVersion !== undefined) template.defaultVersion = templates.version(template, input.DefaultVersion).number;
        return { LaunchTemplate: templateShape(template) };
      },
    },
    DescribeLaunchTemplates: { run: (input) => describeTemplates(templates, input) },
    DescribeLaunchTemplateVersions: { run: (input) => describeVersions(templates, input) },
  };
}

function onTemplate(
  templates: LaunchTemplates,
  action: string,
  input: { LaunchTemplateId?: string | undefined; LaunchTemplateName?: string | undefined },
): Right[] {
  const found = [...templates.all.values()].find((template) => template.id === input.LaunchTemplateId || template.name === input.LaunchTemplateName);
  return [{ action: `ec2:${action}`, resources: [arn("ec2", `launch-template/${found?.id ?? "*"}`)], context: tagContext(found?.tags ?? {}) }];
}

function describeTemplates(templates: LaunchTemplates, input: sdk.DescribeLaunchTemplatesRequest): sdk.DescribeLaunchTemplatesResult {
  const asked = [...(input.LaunchTemplateIds ?? []), ...(input.LaunchTemplateNames ?? [])];
  const all = asked.length > 0 ? asked.map((idOrName) => templates.byIdOrName(idOrName)) : [...templates.all.values()];
  const found = all.filter((template) => (input.Filters ?? []).every((filter) => templateMatches(template, filter)));
  const { items, nextToken } = page(found, { keyOf: (template) => template.id, limit: input.MaxResults ?? 200, token: input.NextToken, invalidToken });
  return { LaunchTemplates: items.map(templateShape), NextToken: nextToken };
}

function templateMatches(template: LaunchTemplate, { Name = "", Values = [] }: sdk.Filter): boolean {
  const value = Name === "launch-template-name" ? template.name : Name.startsWith("tag:") ? template.tags[Name.slice(4)] : undefined;
  if (Name !== "launch-template-name" && !Name.startsWith("tag:")) throw new AwsError("InvalidParameterValue", `The filter '${Name}' is invalid`);
  return value !== undefined && Values.some((wanted) => wildcard(wanted).test(value));
}

/** Without a template, `$Latest` and `$Default` mean those of every template. Source: EC2 API reference, DescribeLaunchTemplateVersions. */
function describeVersions(templates: LaunchTemplates, input: sdk.DescribeLaunchTemplateVersionsRequest): sdk.DescribeLaunchTemplateVersionsResult {
  if (input.LaunchTemplateId === undefined && input.LaunchTemplateName === undefined) return describeCurrent(templates, input);
  const template = named(templates, input);
  const wanted = input.Versions?.length ? input.Versions.map((version) => templates.version(template, version)) : template.versions.toReversed();
  const [low, high] = [Number(input.MinVersion ?? 1), Number(input.MaxVersion ?? Number.MAX_SAFE_INTEGER)];
  const found = wanted.filter(({ number }) => number >= low && number <= high);
  const { items, nextToken } = page(found, { keyOf: ({ number }) => String(number), limit: input.MaxResults ?? 200, token: input.NextToken, invalidToken });
  return { LaunchTemplateVersions: items.map((version) => versionShape(template, version, input.ResolveAlias === true)), NextToken: nextToken };
}

function describeCurrent(templates: LaunchTemplates, input: sdk.DescribeLaunchTemplateVersionsRequest): sdk.DescribeLaunchTemplateVersionsResult {
  const { Versions = [], MaxResults: limit = 200, NextToken: token } = input;
  if (Versions.length === 0 || Versions.some((version) => version !== "$Latest" && version !== "$Default"))
    throw new AwsError("MissingParameter", "Either a launch template ID or a launch template name must be specified in the request.");
  const all = [...templates.all.values()].flatMap((template) => {
    const wanted = new Set(Versions.map((version) => templates.version(template, version)));
    return [...wanted].map((version) => ({ template, version }));
  });
  const { items, nextToken } = page(all, { keyOf: ({ template, version }) => `${template.id} ${version.number}`, limit, token, invalidToken });
  const shapes = items.map(({ template, version }) => versionShape(template, version, input.ResolveAlias === true));
  return { LaunchTemplateVersions: shapes, NextToken: nextToken };
}

const invalidToken = (): AwsError => new AwsError("InvalidNextToken", "The specified token is not valid.");

const templateShape = (template: LaunchTemplate): sdk.LaunchTemplate => ({
  LaunchTemplateId: template.id,
  LaunchTemplateName: template.name,
  CreateTime: template.createdAt,
  CreatedBy: template.createdBy,
  DefaultVersionNumber: template.defaultVersion,
  LatestVersionNumber: template.versions.length,
  Tags: tagList(template.tags),
});

const versionShape = (template: LaunchTemplate, version: TemplateVersion, resolves = false): sdk.LaunchTemplateVersion => ({
  LaunchTemplateId: template.id,
  LaunchTemplateName: template.name,
  VersionNumber: version.number,
  VersionDescription: version.description,
  CreateTime: version.createdAt,
  CreatedBy: version.createdBy,
  DefaultVersion: version.number === template.defaultVersion,
  LaunchTemplateData: {
    ...(version.data as sdk.ResponseLaunchTemplateData),
    ...(resolves && version.data.ImageId !== undefined && { ImageId: resolveImage(version.data.ImageId) }),
  },
});
