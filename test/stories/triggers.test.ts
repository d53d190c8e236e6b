import { advance, drive } from "@steward/simulator/world/drive";
import { expect, test } from "vitest";
import { deployedWorld } from "../simulator/account/deploy-fixture.ts";

const MINUTE = 60_000;
const KEY = "persistent/encryption/rstudio-pm.key";

/** The deployed pair ten minutes later, when S3 surely tells EventBridge of its objects, and what `observe` hears of them. */
async function settled() {
  const { operator, topology, seen } = await deployedWorld();
  await advance(10 * MINUTE);
  const Bucket = topology.buckets.find(({ id }) => id === "packages")?.name;
  const heard = () => seen.observe.filter((event) => (event as { source: string }).source === "aws.s3");
  return { operator, Bucket, heard };
}

test("whoever writes or deletes the key object in the package bucket, observe hears of it", async () => {
  const { operator, Bucket, heard } = await settled();
  await drive(() => operator("s3", "PutObject", { Bucket, Key: KEY, Body: Buffer.from("not a key") }));
  await drive(() => operator("s3", "DeleteObject", { Bucket, Key: KEY }));
  await advance(MINUTE);
  for (const what of ["Object Created", "Object Deleted"])
    expect(heard()).toContainEqual(
      expect.objectContaining({ "detail-type": what, detail: expect.objectContaining({ object: expect.objectContaining({ key: KEY }) }) }),
    );
});

test("observe hears nothing of packages, which come and go all day", async () => {
  const { operator, Bucket, heard } = await settled();
  await drive(() => operator("s3", "PutObject", { Bucket, Key: "packages/dplyr_1.1.4.tar.gz", Body: Buffer.from("a package") }));
  await advance(MINUTE);
  expect(heard()).toEqual([]);
});
