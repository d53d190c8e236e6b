import { done, type Founding, help, wait } from "@steward/core/first-deploy/stages";
import type { ImageBuild } from "@steward/core/image/ledger";
import type { Step } from "@steward/core/runbooks/steps";
import { describe, expect, test } from "vitest";
import { ago } from "../builders.ts";
import { AMI, build, image, noted, VERSIONS } from "./founding.ts";
import { due, stands } from "./stands.ts";

const versions = (but: Partial<typeof VERSIONS>) => ({ ...VERSIONS, ...but });

describe("the image", () => {
  const failed = (index: number, but: Partial<ImageBuild> = {}) => build({ arn: `arn:${index}`, state: "failed", status: "FAILED", ...but });
  const unfit = (but: Partial<ImageBuild> = {}) => build({ state: "available", imageId: AMI, versions: versions({ r: "" }), ...but });
  /** Reached a day ago, and so many builds of it have failed. */
  const since = (facts: Founding) => noted(facts, { reached: { image: ago({ days: 1 }) } });
  const having = (...builds: ImageBuild[]) => stands("image", (facts) => ({ ...since(facts), builds }));
  const lost = (times: number, reason: string | null) => Array.from({ length: times }, (_, index) => failed(index, { reason }));
  const step = (attempt: number): Step => ({ do: "build-image", attempt, because: "" });

  test("is built where there is none", () => {
    expect(stands("image")).toEqual(due("there is no tested image yet", step(1)));
  });

  test.each<[string, Partial<typeof VERSIONS>]>([
    ["another Package Manager", { packageManager: "2024.11.0" }],
    ["another Ubuntu", { ubuntu: "20.04" }],
    ["another R", { r: "3.6.3" }],
    ["another Python", { python: "" }],
  ])("is built where the one there has %s", (_what, but) => {
    expect(stands("image", (facts) => ({ ...facts, images: [image({ versions: versions(but) })] })).state).toBe("act");
  });

  test("is built where the one there is known to be bad", () => {
    expect(stands("image", (facts) => ({ ...facts, images: [image({ standing: "bad" })] })).state).toBe("act");
    for (const standing of ["candidate", "proven"] as const) expect(stands("image", (facts) => ({ ...facts, images: [image({ standing })] }))).toEqual(done);
  });

  test("is built where the one there is on its way out", () => {
    expect(stands("image", (facts) => ({ ...facts, images: [image({ retiredAt: ago({ minutes: 1 }) })] })).state).toBe("act");
  });

  test("is built once more after one failure", () => {
    expect(having(...lost(1, "apt-get failed"))).toEqual(due("there is no tested image yet", step(2)));
  });

  test("is a person's at once after two, with the reason that Image Builder gives", () => {
    const todo = "read the build's log in /aws/imagebuilder/steward-demo-node, mend the cause and deploy again, then start the pipeline of the image";
    expect(having(...lost(2, "apt-get failed"))).toEqual(help("2 builds failed, the last one: apt-get failed", todo));
    expect(having(...lost(3, null))).toEqual(help("3 builds failed, the last one: it says no reason", todo));
    expect(having(unfit(), ...lost(1, "apt-get failed"))).toEqual(help("2 builds failed, the last one: what is in it is not what is declared", todo));
    expect(having(unfit(), unfit({ versions: null, startedAt: ago({ hours: 4 }) }))).toMatchObject({ failed: true });
  });

  test("counts no build of before its stage was reached, and none that somebody stopped or took away", () => {
    const builds = [...lost(1, null), failed(7, { startedAt: ago({ days: 1, minutes: 6 }) }), build({ state: "gone", status: "CANCELLED" })];
    expect(having(...builds)).toEqual(due("there is no tested image yet", step(2)));
    expect(having(failed(7, { startedAt: ago({ days: 1, minutes: 5 }) }))).toEqual(due("there is no tested image yet", step(2)));
    expect(stands("image", (facts) => ({ ...facts, builds: lost(3, null) }))).toEqual(due("there is no tested image yet", step(1)));
  });

  test("is waited for while EC2 does not show what is in it, and not for longer than a build with its tests takes", () => {
    const mute = (startedAt: Date) => having(build({ state: "available", imageId: AMI, startedAt }));
    expect(mute(ago({ hours: 2 }))).toEqual(wait("an image is there, but EC2 does not show yet what is in it"));
    expect(mute(ago({ hours: 3 }))).toEqual(due("there is no tested image yet", step(2)));
  });

  test("is waited for while Image Builder is at it, whatever failed before", () => {
    const because = "Image Builder is at it (TESTING); a build with its tests takes about an hour";
    expect(having(build(), ...lost(2, null))).toEqual(wait(because));
  });

  test("is waited for until it is on the ledger", () => {
    const there = build({ state: "available", status: "AVAILABLE", imageId: AMI, versions: VERSIONS });
    expect(stands("image", (facts) => ({ ...facts, builds: [there] }))).toEqual(wait("the image is tested and about to go on the ledger"));
  });

  test.each([
    ["is on the ledger as bad", build({ state: "available", imageId: AMI, versions: VERSIONS }), [image({ standing: "bad" })]],
    ["is not what is declared", build({ state: "available", imageId: AMI, versions: versions({ r: "" }) }), []],
    ["says nothing of itself", build({ state: "available", imageId: AMI, startedAt: ago({ hours: 4 }) }), []],
    ["is not known to EC2", build({ state: "available", versions: VERSIONS }), []],
  ])("is not waited for when it %s", (_what, there, images) => {
    expect(stands("image", (facts) => ({ ...since(facts), builds: [there], images })).state).toBe("act");
  });

  test("is neither there nor missing while nobody has asked Image Builder", () => {
    expect(stands("image", (facts) => ({ ...facts, builds: null }))).toEqual(wait("nobody has asked Image Builder"));
  });
});
