import { topologyOf } from "@steward/core/topology/topology-of";
import { describe, expect, test } from "vitest";
import { haTopology, singleSettings, singleTopology } from "../../settings.ts";

const BASE = "resolve:ssm:/aws/service/canonical/ubuntu/server";

test.each([
  ["22.04", `${BASE}/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id`],
  ["24.04", `${BASE}/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id`],
] as const)("the image of Ubuntu %s is found where Canonical has it", (ubuntu, imageId) => {
  expect(haTopology("demo", { nodes: { ubuntu } }).launchTemplate.imageId).toBe(imageId);
});

describe("a floating licence server", () => {
  const out = (port: number) => {
    const packageManager = { license: { kind: "floating" as const, server: `licences.example.com:${port}` } };
    const { egress } = singleTopology("demo", { packageManager }).network.securityGroups.find(({ id }) => id === "nodes") ?? expect.fail("no nodes");
    return egress.map(({ from }) => from);
  };

  test("is reached on its port", () => {
    expect(out(8989)).toEqual([443, 22, 8989]);
  });

  test.each([443, 22])("on port %i, which is open already, needs no second rule", (port) => {
    expect(out(port)).toEqual([443, 22]);
  });
});

test("the database's parameter group is called after its family, so that another major's can be made beside it", () => {
  const group = (engineVersion: string) => haTopology("demo", { database: { engineVersion } }).database?.parameterGroup;
  expect(group("16")).toMatchObject({ name: "steward-demo-postgres16", family: "postgres16" });
  expect(group("17.4")).toMatchObject({ name: "steward-demo-postgres17", family: "postgres17" });
});

test("a deploy declares which database it is, and none where there is none", () => {
  const declared = ({ objects: [object] }: ReturnType<typeof haTopology>) => JSON.parse(object?.content ?? "");
  expect(declared(haTopology()).database).toEqual({ id: "steward-demo", name: "rstudio_pm", port: 5432, masterUser: "postgres" });
  expect(declared(singleTopology()).database).toBeNull();
});

test("nothing is declared that no configuration could say", () => {
  const settings = { ...singleSettings(), packageManager: { ...singleSettings().packageManager, pythonVersions: ["3.14.7", "3.13.1"] } };
  expect(() => topologyOf("demo", settings)).toThrow("Server.PythonVersion");
});

test("private ways let in whoever has to come by them: where they are, AWS's names lead nowhere else", () => {
  const network = { zones: ["us-east-1a", "us-east-1b"], interfaceEndpoints: true };
  const admitted = ({ network: { securityGroups } }: ReturnType<typeof haTopology>) =>
    securityGroups.find(({ id }) => id === "endpoints")?.ingress.map(({ peer }) => ("group" in peer ? peer.group : peer.cidr));
  expect(admitted(singleTopology("demo", { network }))).toEqual(["nodes", "drill"]);
  expect(admitted(haTopology("demo", { network }))).toEqual(["nodes"]);
});
