import { z } from "zod";

/** Where a node finds what it was told at its launch. */
export const NODE_SETTINGS_PATH = "/opt/steward/etc/node.json";

/** What a node knows of its deployment before it has asked anybody; comes with its user data, so never a secret. */
export const NodeSettings = z.object({
  stage: z.string().min(1),
  region: z.string().min(1),
  topology: z.enum(["single", "ha"]),
  /** Auto Scaling group and launch hook that hold this node at first. */
  group: z.string().min(1),
  launchHook: z.string().min(1),
  /** Ledger table, in which Steward's heartbeat is. */
  table: z.string().min(1),
  /** Name of the parameter that holds the desired state. */
  desired: z.string().min(1),
  /** `prove` is a node outside of the group, on which the copy of a data volume is looked at; it serves nobody and does nothing by itself. */
  purpose: z.enum(["serve", "prove"]).default("serve"),
});
export type NodeSettings = z.infer<typeof NodeSettings>;

/**
 * User data of every node: cloud-config that writes its settings and starts its boot. YAML takes JSON as it is, so that no
 * text needs quoting of its own. cloud-init writes files before it runs commands. Source: cloud-init documentation, "Boot stages".
 */
export function nodeUserData(settings: z.input<typeof NodeSettings>): string {
  const config = {
    write_files: [{ path: NODE_SETTINGS_PATH, owner: "root:root", permissions: "0644", content: JSON.stringify(settings) }],
    runcmd: [["systemctl", "start", "--no-block", "steward-boot.service"]],
  };
  return `#cloud-config\n${JSON.stringify(config)}\n`;
}
