import { fits, type ImageVersions } from "@steward/core/image/ledger";
import fc from "fast-check";
import { expect, test } from "vitest";
import { haTopology } from "../../settings.ts";
import { declaredOf, VERSIONS } from "../first-deploy/founding.ts";

const { document } = declaredOf("ha");

test("an image fits what is declared when it is equal in everything", () => {
  expect(fits(VERSIONS, document)).toBe(true);
  for (const key of Object.keys(VERSIONS) as (keyof ImageVersions)[]) expect(fits({ ...VERSIONS, [key]: `${VERSIONS[key]}0` }, document)).toBe(false);
});

test("the order of versions counts: the first one is Package Manager's default", () => {
  const versions = fc.uniqueArray(fc.constantFrom("4.6.1", "4.5.2", "4.4.3"));
  fc.assert(
    fc.property(versions, versions, (there, wanted) => {
      const same = there.join(" ") === wanted.join(" ");
      expect(fits({ ...VERSIONS, r: there.join(" ") }, { ...document, rVersions: wanted })).toBe(same);
    }),
  );
});

test("the tags that the pipeline writes on an image are those of what the same deploy declares", () => {
  const packageManager = { rVersions: ["4.6.1", "4.5.2"], pythonVersions: [] };
  const { image, objects } = haTopology("demo", { packageManager });
  const tags = image.distribution.imageTags;
  const said = {
    packageManager: tags["steward:version"],
    ubuntu: tags["steward:ubuntu"],
    r: tags["steward:r"],
    python: tags["steward:python"],
  } as ImageVersions;
  expect(fits(said, JSON.parse(objects[0]?.content ?? ""))).toBe(true);
});
