import { readFileSync } from "node:fs";
import { ASSUMED, NOT_COUNTED } from "@steward/core/cost/assumptions";
import { costsMarkdown } from "@steward/core/cost/markdown";
import { PRICES } from "@steward/core/cost/prices";
import { expect, test } from "vitest";

const page = costsMarkdown();

test("docs/costs.md is current", () => {
  expect(readFileSync(new URL("../../../docs/costs.md", import.meta.url), "utf8")).toBe(page);
});

test("the page has every price with its source, every assumption with its reason, and what is not counted", () => {
  for (const [id, { source, asOf }] of Object.entries(PRICES))
    expect(page).toMatch(new RegExp(`^\\| \`${id}\` \\|.*\\| ${source.replaceAll(/[()]/g, ".")} \\| ${asOf} \\|$`, "m"));
  for (const { what, because } of Object.values(ASSUMED))
    expect(page).toMatch(new RegExp(`^\\| ${what} \\|.*\\| ${because.replaceAll(/[()]/g, ".")} \\|$`, "m"));
  for (const what of NOT_COUNTED) expect(page).toContain(`- ${what}\n`);
});

test("the reference architectures have a price for everything", () => {
  expect(page).not.toMatch(/price unknown|at least \$/);
});
