import type * as Module from "@aws-sdk/client-ssm";
import { arn } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { toCreateTagged } from "../../iam/tagging.ts";

/** One parameter of a command document. */
export interface DocumentParameter {
  type: string;
  default?: string;
  description?: string;
  allowedValues?: string[];
  allowedPattern?: string;
}

/** A command document of schema 2.2 with one shell step. */
export interface Document {
  name: string;
  createdAt: Date;
  parameters: Record<string, DocumentParameter>;
  step: { name: string; runCommand: string[]; timeoutSeconds: string };
}

/** Default of `aws:runShellScript`; source: command document plugin reference. */
const DEFAULT_EXECUTION_SECONDS = "3600";

export const documentArn = (name: string): string => arn("ssm", `document/${name}`);

/** Command documents that run one shell step; every other plugin is refused by name. */
export const documentOperations = (documents: Map<string, Document>): Operations<typeof Module> => ({
  CreateDocument: {
    rights: ({ Name = "", DocumentType = "Command", Tags }) =>
      toCreateTagged({
        create: "ssm:CreateDocument",
        tag: "ssm:AddTagsToResource",
        resources: [documentArn(Name)],
        tags: Tags,
        context: { "ssm:DocumentType": DocumentType },
      }),
    run: ({ Name = "", Content = "" }) => {
      if (!/^[a-zA-Z0-9_\-.]{3,128}$/.test(Name)) throw new AwsError("ValidationException", `Invalid document name ${Name}`);
      if (documents.has(Name)) throw new AwsError("DocumentAlreadyExists", "The specified document already exists.");
      const document = { name: Name, createdAt: new Date(), ...understood(Content) };
      documents.set(Name, document);
      return { DocumentDescription: described(document) };
    },
  },
  DescribeDocument: {
    rights: ({ Name = "" }) => [{ action: "ssm:DescribeDocument", resources: [documentArn(Name)] }],
    run: ({ Name = "" }) => ({ Document: described(theDocument(documents, Name)) }),
  },
});

/** The document of a name or ARN, or the error that AWS gives. */
export function theDocument(documents: Map<string, Document>, nameOrArn: string): Document {
  const found = documents.get(nameOrArn.split("document/").at(-1) ?? "");
  if (!found) throw new AwsError("InvalidDocument", "The specified document does not exist.");
  return found;
}

interface Content {
  schemaVersion?: string;
  parameters?: Record<string, DocumentParameter>;
  mainSteps?: { action?: string; name?: string; inputs?: { runCommand?: string[]; timeoutSeconds?: string | number } }[];
}

function understood(text: string): Pick<Document, "parameters" | "step"> {
  const content = parsed(text);
  if (content.schemaVersion !== "2.2") throw new AwsError("InvalidDocumentSchemaVersion", "The version of the document schema isn't supported.");
  const [step, second] = content.mainSteps ?? [];
  if (!step || second || step.action !== "aws:runShellScript")
    throw new AwsError("InvalidDocumentContent", "the simulated account models documents with exactly one aws:runShellScript step");
  const { runCommand, timeoutSeconds = DEFAULT_EXECUTION_SECONDS } = step.inputs ?? {};
  if (!step.name || !runCommand?.length) throw new AwsError("InvalidDocumentContent", "The content for the document is not valid.");
  return { parameters: content.parameters ?? {}, step: { name: step.name, runCommand, timeoutSeconds: String(timeoutSeconds) } };
}

function parsed(text: string): Content {
  try {
    return JSON.parse(text) as Content;
  } catch {
    throw new AwsError("InvalidDocumentContent", "The content for the document is not valid.");
  }
}

const described = ({ name, createdAt, parameters }: Document): Module.DocumentDescription => ({
  Name: name,
  CreatedDate: createdAt,
  Status: "Active",
  DocumentVersion: "1",
  DefaultVersion: "1",
  LatestVersion: "1",
  DocumentType: "Command",
  DocumentFormat: "JSON",
  SchemaVersion: "2.2",
  PlatformTypes: ["Linux", "MacOS"],
  Parameters: Object.entries(parameters).map(([Name, { type, description, default: DefaultValue }]) => ({
    Name,
    Type: type as Module.DocumentParameterType,
    Description: description,
    DefaultValue,
  })),
});
