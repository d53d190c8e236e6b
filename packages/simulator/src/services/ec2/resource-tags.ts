import type { Ec2State } from "./state.ts";

/** Tags of what a launch is made of. */
export const tagsOf = ({ network, images, snapshots, templates }: Ec2State, id: string): Record<string, string> => ({
  ...(network.subnets.items.get(id) ?? network.securityGroups.items.get(id) ?? images.items.get(id) ?? snapshots.items.get(id) ?? templates.all.get(id))?.tags,
});
