import { z } from "zod";

/** AWSTOE gives up a step after two hours unless it is told otherwise; a failed step that aborts ends the build. */
const common = {
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9]*$/),
  timeoutSeconds: z.int().min(1).max(7_200),
  onFailure: z.enum(["Abort", "Continue", "Ignore"]),
  maxAttempts: z.int().min(1).max(3),
};

const Step = z.discriminatedUnion("action", [
  z.strictObject({ ...common, action: z.literal("ExecuteBash"), inputs: z.strictObject({ commands: z.array(z.string().min(1)).min(1) }) }),
  z.strictObject({
    ...common,
    action: z.literal("S3Download"),
    inputs: z
      .array(z.strictObject({ source: z.string().startsWith("s3://"), destination: z.string().startsWith("/"), expectedBucketOwner: z.string().length(12) }))
      .min(1),
  }),
]);
export type Step = z.infer<typeof Step>;

const once = <T>(all: readonly T[], of: (one: T) => string): boolean => new Set(all.map(of)).size === all.length;

const Phase = z.strictObject({
  name: z.enum(["build", "validate", "test"]),
  steps: z
    .array(Step)
    .min(1)
    .refine((steps) => once(steps, ({ name }) => name), "each step has its own name"),
});

/**
 * A component as AWSTOE runs it: the part of its schema that we use. `build` and `validate` run on the instance that becomes the
 * image, `test` on one that was started from it. Source: Image Builder user guide, "Use the AWSTOE component document framework for custom components".
 */
export const ComponentDocument = z.strictObject({
  name: z.string().min(1).max(128),
  description: z.string().min(1).max(1_024),
  schemaVersion: z.literal("1.0"),
  phases: z
    .array(Phase)
    .min(1)
    .refine((phases) => once(phases, ({ name }) => name), "each phase stands once"),
});
export type ComponentDocument = z.infer<typeof ComponentDocument>;

/** Characters of a component's inline document. Source: Image Builder API reference, "CreateComponent". */
export const MOST_DATA = 16_000;

/** What a component does in each phase; a phase without steps is left out. */
export interface Phases {
  build: Step[];
  validate: Step[];
  test: Step[];
}

/** The document's text; throws where it is none that AWSTOE takes. YAML takes JSON as it is, so that no script needs quoting of its own. */
export function rendered(name: string, description: string, phases: Phases): string {
  const document: ComponentDocument = {
    name,
    description,
    schemaVersion: "1.0",
    phases: (["build", "validate", "test"] as const).flatMap((phase) => (phases[phase].length > 0 ? [{ name: phase, steps: phases[phase] }] : [])),
  };
  return `${JSON.stringify(ComponentDocument.parse(document), null, 1)}\n`;
}
