import { AwsError } from "../../account/operation.ts";
import { hex } from "../../world/chance.ts";
import { checkUserData, type TemplateData } from "./template-data.ts";

export interface TemplateVersion {
  number: number;
  description?: string | undefined;
  createdAt: Date;
  createdBy: string;
  data: TemplateData;
}

export interface LaunchTemplate {
  id: string;
  name: string;
  createdAt: Date;
  createdBy: string;
  tags: Record<string, string>;
  defaultVersion: number;
  versions: TemplateVersion[];
}

/** All launch templates of the account. Error codes: EC2 API reference, "Error codes". */
export class LaunchTemplates {
  readonly all = new Map<string, LaunchTemplate>();

  /** Names are 3 to 128 characters. Source: EC2 API reference, CreateLaunchTemplate. */
  create(name: string, data: TemplateData, made: { by: string; description?: string | undefined; tags: Record<string, string> }): LaunchTemplate {
    if ([...this.all.values()].some((template) => template.name === name))
      throw new AwsError("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.");
    if (!/^[\w\-()./]{3,128}$/.test(name))
      throw new AwsError(
        "InvalidLaunchTemplateName.MalformedException",
        "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the characters ()./_-",
      );
    checkUserData(data.UserData);
    const version = { number: 1, description: made.description, createdAt: new Date(), createdBy: made.by, data };
    const template = { id: `lt-0${hex(16)}`, name, createdAt: new Date(), createdBy: made.by, tags: made.tags, defaultVersion: 1, versions: [version] };
    this.all.set(template.id, template);
    return template;
  }

  /** A new version; with a source version, what the new data leaves out is taken from there. */
  addVersion(
    template: LaunchTemplate,
    data: TemplateData,
    made: { by: string; description?: string | undefined; source?: string | undefined },
  ): TemplateVersion {
    checkUserData(data.UserData);
    const base = made.source === undefined ? {} : this.version(template, made.source).data;
    const version = {
      number: template.versions.length + 1,
      description: made.description,
      createdAt: new Date(),
      createdBy: made.by,
      data: { ...base, ...(Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)) as TemplateData) },
    };
    template.versions.push(version);
    return version;
  }

  byIdOrName(idOrName: string): LaunchTemplate {
    const found = this.all.get(idOrName) ?? [...this.all.values()].find((template) => template.name === idOrName);
    if (found) return found;
    if (idOrName.startsWith("lt-"))
      throw new AwsError("InvalidLaunchTemplateId.NotFound", `The specified launch template, with template ID ${idOrName}, does not exist.`);
    throw new AwsError("InvalidLaunchTemplateName.NotFoundException", `The specified launch template, with template name ${idOrName}, does not exist.`);
  }

  /** A version by number, `$Latest` or `$Default`. */
  version(template: LaunchTemplate, wanted: string): TemplateVersion {
    const number = wanted === "$Latest" ? template.versions.length : wanted === "$Default" ? template.defaultVersion : Number(wanted);
    const found = template.versions[number - 1];
    if (!found)
      throw new AwsError("InvalidLaunchTemplateId.VersionNotFound", `Could not find launch template version ${wanted} for launch template ${template.id}.`);
    return found;
  }
}

/** The template that a request names by id or by name; EC2 wants exactly one of the two. */
export function named(templates: LaunchTemplates, input: { LaunchTemplateId?: string | undefined; LaunchTemplateName?: string | undefined }): LaunchTemplate {
  const idOrName = input.LaunchTemplateId ?? input.LaunchTemplateName;
  if (idOrName === undefined) throw new AwsError("MissingParameter", "Either a launch template ID or a launch template name must be specified in the request.");
  return templates.byIdOrName(idOrName);
}
