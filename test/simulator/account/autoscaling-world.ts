import { Account, type BusEvent, type Machine } from "@steward/simulator/account/account";
import type { Principal } from "@steward/simulator/account/principal";
import { type Api, apiOf } from "@steward/simulator/deploy/api";
import { addAutoScaling } from "@steward/simulator/services/autoscaling/autoscaling";
import { addEc2 } from "@steward/simulator/services/ec2/ec2";
import { addElbv2 } from "@steward/simulator/services/elbv2/elbv2";
import { drive } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";

export type HttpAnswer = ReturnType<Machine["http"]>;

/** A machine whose answers a test sets. */
export interface StubMachine {
  answer: HttpAnswer;
  isOk: boolean;
  asked: number;
}

export const OK: Extract<HttpAnswer, { kind: "answer" }> = { kind: "answer", status: 200, ms: 20, body: "" };

export const operator: Principal = {
  arn: "arn:aws:iam::123456789012:user/operator",
  accessKeyId: "AKIA",
  secretAccessKey: "",
  policy: { Version: "2012-10-17", Statement: [] },
};

/** An account with EC2, Auto Scaling and load balancing, and stubs for everything else that they speak to. */
export function createWorld(seed = 1) {
  resetWorld(seed);
  const account = new Account();
  account.authorize = () => ({ allowed: true });
  const machines = new Map<string, StubMachine>();
  const events: BusEvent[] = [];
  const metrics: { at: Date; name: string; dimensions: Record<string, string>; value: number }[] = [];
  account.links.emit = (event) => events.push(event);
  account.links.metric = (_namespace, name, dimensions, value) => metrics.push({ at: new Date(), name, dimensions, value });
  account.links.bootMachine = ({ instanceId }) => machines.set(instanceId, machines.get(instanceId) ?? { answer: OK, isOk: true, asked: 0 });
  account.links.destroyMachine = (instanceId) => machines.delete(instanceId);
  account.links.machine = (instanceId) => machineOf(machines, instanceId);
  const services = { ec2: addEc2(account), elbv2: addElbv2(account), autoscaling: addAutoScaling(account) };
  const api = apiOf(account, operator);
  const call: Api = (service, name, input) => drive(() => api(service, name, input));
  return { account, ...services, machines, events, metrics, call };
}

export type TestWorld = ReturnType<typeof createWorld>;

function machineOf(machines: Map<string, StubMachine>, instanceId: string): Machine | undefined {
  const stub = machines.get(instanceId);
  if (!stub) return undefined;
  const http = (): HttpAnswer => {
    stub.asked += 1;
    return stub.answer;
  };
  return { instanceId, http, agentOnline: () => true, runCommand: () => new Promise(() => {}), statusOk: () => stub.isOk };
}

export const eventsOf = (world: TestWorld, detailType: string): Record<string, unknown>[] =>
  world.events.filter((event) => event["detail-type"] === detailType).map(({ detail }) => detail as Record<string, unknown>);
