/** dynalite's expression parsers, as far as they are used: they read DynamoDB's grammar and word its complaints. */
declare module "dynalite/db/conditionParser.js" {
  import type { ParsedCondition, ParserOptions } from "./expression-tree.ts";

  const parser: { parse: (text: string, options: ParserOptions) => ParsedCondition | string };
  export default parser;
}
declare module "dynalite/db/updateParser.js" {
  import type { ParsedUpdate, ParserOptions } from "./expression-tree.ts";

  const parser: { parse: (text: string, options: ParserOptions) => ParsedUpdate | string };
  export default parser;
}
declare module "dynalite/db/projectionParser.js" {
  import type { ParsedProjection, ParserOptions } from "./expression-tree.ts";

  const parser: { parse: (text: string, options: ParserOptions) => ParsedProjection | string };
  export default parser;
}
