/** Options that decide what a deploy may touch; absent means Pulumi's default. */
export interface ResourceOptions {
  ignoreChanges?: string[];
  protect?: true;
  retainOnDelete?: true;
  deleteBeforeReplace?: true;
  replaceOnChanges?: string[];
  /** Resources waited for beyond those whose outputs are inputs here. */
  dependsOn?: string[];
  /** Id of an existing thing that is adopted. */
  import?: string;
  /** Id of an existing thing that is only looked at, never changed. */
  read?: string;
}

/**
 * One resource as Pulumi's engine would be told of it. Inputs are resolved; what the program marks as secret is `{ $secret: value }`,
 * files are `{ $file: path }`, `{ $text: text }` or `{ $archive: path }` (from the repository's root), other resources `{ $resource: urn }`.
 */
export interface Resource {
  type: string;
  name: string;
  urn: string;
  /** Logical name of the component it belongs to; absent at the top. */
  parent?: string;
  /** A grouping without anything of its own on AWS. */
  component?: true;
  inputs: Record<string, unknown>;
  options: ResourceOptions;
}

/** Everything that a deploy of one stage would ask for, sorted by type and name. */
export interface Graph {
  stage: string;
  app: Record<string, unknown>;
  resources: Resource[];
  /** What `run` returns. */
  outputs: Record<string, unknown>;
}
