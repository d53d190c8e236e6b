import type { Invariant, Moment } from "./invariant.ts";
import { lasting } from "./lasting.ts";

const FIFTEEN_MINUTES = 15 * 60_000;

export const addressFollows: Invariant = {
  id: "address-follows",
  sentence: "No server that answers is left without the address for more than 15 minutes.",
  watch: () => {
    const tooLong = lasting(FIFTEEN_MINUTES);
    return (moment) =>
      tooLong(unaddressed(moment), moment.now).map((instanceId) => `${instanceId} answers, and users can't come to it: it has not got the address`);
  },
};

function unaddressed({ world, deployed: { named, topology } }: Moment): string[] {
  if (named.address === undefined) return [];
  const holder = world.ec2.addresses.get(named.address)?.association?.instanceId;
  const answering = world.machines.all().filter((machine) => {
    const answer = machine.http(topology.service.healthPath);
    return answer.kind === "answer" && answer.status === 200;
  });
  return answering.map(({ instanceId }) => instanceId).filter((instanceId) => instanceId !== holder);
}
