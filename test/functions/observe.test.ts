import { observe } from "@steward/functions/observe";
import { describe, expect, test } from "vitest";
import { aRuntime, context, sample } from "./a-runtime.ts";

describe("only looks, and puts nothing into the dead letter, when", () => {
  test.each([
    ["a stranger's instance is to be retired", "health-retirement"],
    ["a stranger's instance has a bad drive", "health-degraded"],
    ["a build of the image ended", "image-available"],
    ["a build of the image failed", "image-failed"],
    ["somebody wrote the key object", "key-object-created"],
    ["somebody deleted the key object", "key-object-deleted"],
  ])("%s", async (_what, name) => {
    const { runtime, letters, started, published } = aRuntime();
    expect(await observe(runtime)(sample(name), context())).toMatchObject({ duties: [] });
    expect({ letters, started, published }).toEqual({ letters: [], started: [], published: [] });
  });
});
