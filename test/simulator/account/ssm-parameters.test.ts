import type { DescribeParametersResult, GetParameterResult, GetParametersByPathResult, GetParametersResult, PutParameterResult } from "@aws-sdk/client-ssm";
import type { Right } from "@steward/simulator/account/operation";
import { addSsm } from "@steward/simulator/services/ssm/ssm";
import { resetWorld } from "@steward/simulator/world/install";
import { beforeEach, expect, test } from "vitest";
import { aFleet, ask } from "./a-fleet.ts";

beforeEach(() => resetWorld(5));

function store() {
  const fleet = aFleet();
  const ssm = addSsm(fleet.account);
  const put = (Name: string, Value: string, more: object = {}) =>
    ask<PutParameterResult>(fleet, "ssm", "PutParameter", { Name, Value, Type: "String", ...more });
  const get = async (Name: string) => (await ask<GetParameterResult>(fleet, "ssm", "GetParameter", { Name })).Parameter;
  return { ...fleet, ssm, put, get };
}

test("keeps versions, and gives the newest one unless another is asked for", async () => {
  const { put, get, ssm } = store();
  expect(await put("/steward/demo/switch", "on")).toEqual({ Version: 1, Tier: "Standard" });
  expect(await put("/steward/demo/switch", "off", { Overwrite: true, Type: undefined })).toMatchObject({ Version: 2 });
  expect(await get("/steward/demo/switch")).toMatchObject({
    Value: "off",
    Version: 2,
    Type: "String",
    ARN: "arn:aws:ssm:us-east-1:123456789012:parameter/steward/demo/switch",
  });
  expect(await get("/steward/demo/switch:1")).toMatchObject({ Value: "on", Version: 1 });
  await expect(get("/steward/demo/switch:3")).rejects.toMatchObject({ code: "ParameterVersionNotFound" });
  expect(ssm.value("/steward/demo/switch")).toBe("off");
});

test("keeps the newest hundred versions", async () => {
  const { put, get } = store();
  for (let i = 0; i < 101; i++) await put("/p", `v${i}`, { Overwrite: true });
  expect((await get("/p:2"))?.Value).toBe("v1");
  await expect(get("/p:1")).rejects.toMatchObject({ code: "ParameterVersionNotFound" });
});

test("announces creations and updates as Parameter Store does", async () => {
  const { put, events } = store();
  await put("/steward/demo/desired", "{}", { Description: "what nodes should be" });
  await put("/steward/demo/desired", "[]", { Overwrite: true });
  const common = {
    source: "aws.ssm",
    "detail-type": "Parameter Store Change",
    resources: ["arn:aws:ssm:us-east-1:123456789012:parameter/steward/demo/desired"],
  };
  const detail = { name: "/steward/demo/desired", type: "String", description: "what nodes should be" };
  expect(events).toEqual([
    { ...common, detail: { operation: "Create", ...detail } },
    { ...common, detail: { operation: "Update", ...detail } },
  ]);
});

test.each([
  ["a second creation", "/there", "b", {}, "ParameterAlreadyExists"],
  ["more than 4,096 characters", "/new", "x".repeat(4097), {}, "ValidationException"],
  ["an empty value", "/new", "", {}, "ValidationException"],
  ["a creation without type", "/new", "b", { Type: undefined }, "ValidationException"],
  ["a path that is not fully qualified", "new/one", "b", {}, "ValidationException"],
  ["a reserved name", "/aws/one", "b", {}, "ValidationException"],
  ["a type that is not modelled", "/new", "b", { Type: "SecureString" }, "UnsupportedParameterType"],
])("refuses %s", async (_, name, value, more, code) => {
  const { put, get } = store();
  await put("/there", "a");
  await expect(put(name, value, more)).rejects.toMatchObject({ code });
  expect((await get("/there"))?.Value).toBe("a");
});

test("takes exactly 4,096 characters", async () => {
  const { put, get } = store();
  await put("/full", "x".repeat(4096));
  expect((await get("/full"))?.Value).toHaveLength(4096);
});

test("says which of several names it does not know", async () => {
  const { put, get, account } = store();
  await put("/a", "1");
  expect(await ask<GetParametersResult>({ account }, "ssm", "GetParameters", { Names: ["/a", "/b"] })).toMatchObject({
    Parameters: [{ Name: "/a" }],
    InvalidParameters: ["/b"],
  });
  await expect(get("/b")).rejects.toMatchObject({ code: "ParameterNotFound" });
});

test("lists what is below a path, ten at a time, and deeper only when asked", async () => {
  const { put, account } = store();
  for (let i = 0; i < 12; i++) await put(`/s/${String(i).padStart(2, "0")}`, "v");
  await put("/s/deep/er", "v");
  const page = (more: object) => ask<GetParametersByPathResult>({ account }, "ssm", "GetParametersByPath", { Path: "/s", ...more });
  const first = await page({});
  expect(first.Parameters).toHaveLength(10);
  expect((await page({ NextToken: first.NextToken })).Parameters?.map(({ Name }) => Name)).toEqual(["/s/10", "/s/11"]);
  expect((await page({ Recursive: true, NextToken: "10" })).Parameters).toHaveLength(3);
  await expect(page({ MaxResults: 11 })).rejects.toMatchObject({ code: "ValidationException" });
  expect(
    (
      await ask<DescribeParametersResult>({ account }, "ssm", "DescribeParameters", {
        ParameterFilters: [{ Key: "Name", Option: "BeginsWith", Values: ["/s/1"] }],
      })
    ).Parameters,
  ).toMatchObject([{ Name: "/s/10" }, { Name: "/s/11" }]);
});

test("asks for rights on the parameter, whatever version is named", async () => {
  const { put, get, account } = store();
  await put("/steward/demo/switch", "on");
  const rights: Right[] = [];
  account.authorize = (_, right) => {
    rights.push(right);
    return { allowed: true };
  };
  await get("/steward/demo/switch:1");
  expect(rights).toEqual([{ action: "ssm:GetParameter", resources: ["arn:aws:ssm:us-east-1:123456789012:parameter/steward/demo/switch"] }]);
});
