import { NODE_SETTINGS_PATH } from "@steward/core/fleet/node-settings";

/** Where things are on a node; vendor's paths from Posit's file-storage and encryption pages. */
export const PATHS = {
  config: "/etc/rstudio-pm/rstudio-pm.gcfg",
  /** Unless `[Server] EncryptionKeyPath` says otherwise. */
  key: "/var/lib/rstudio-pm/rstudio-pm.key",
  rspm: "/opt/rstudio-pm/bin/rspm",
  settings: NODE_SETTINGS_PATH,
  receipts: "/var/lib/steward/receipts.json",
  bootId: "/proc/sys/kernel/random/boot_id",
  /** Written by cloud-init at every first boot of an instance. */
  instanceId: "/var/lib/cloud/data/instance-id",
} as const;

/** The systemd unit and the Debian package bear the same name. */
export const UNIT = "rstudio-pm";
