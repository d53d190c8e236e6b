import { expect, test } from "vitest";
import { rightsDocument } from "./rights-document.ts";

test("docs/rights.md says what each role may do, and why", async () => {
  await expect(rightsDocument()).toMatchFileSnapshot("../../docs/rights.md");
});
