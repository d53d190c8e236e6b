import { ACCOUNT } from "@steward/core/desired/places";
import { CONFIG_PATHS } from "@steward/core/desired/render";
import { NODE_SETTINGS_PATH } from "@steward/core/fleet/node-settings";

/** Package Manager's data; in a single server the mount point of the data volume. */
const HOME = ACCOUNT.home;
/** In memory, so that nothing of it outlives the boot. */
const RUN = "/run/steward";

/** Where things are on a node; vendor's paths from Posit's file-storage, logs, licensing and encryption pages. */
export const PATHS = {
  home: HOME,
  config: CONFIG_PATHS.config,
  dropIn: CONFIG_PATHS.dropIn,
  environment: CONFIG_PATHS.environment,
  /** Unless `[Server] EncryptionKeyPath` says otherwise. */
  key: `${HOME}/rstudio-pm.key`,
  /** Where newer versions keep it. */
  persistentKey: `${HOME}/persistent/encryption/rstudio-pm.key`,
  license: `${HOME}/steward.lic`,
  databases: `${HOME}/db`,
  serverLog: "/var/log/rstudio/rstudio-pm/rstudio-pm.log",
  rspm: "/opt/rstudio-pm/bin/rspm",
  licenseManager: "/opt/rstudio-pm/bin/license-manager",
  settings: NODE_SETTINGS_PATH,
  program: "/opt/steward/bin/steward-node",
  receipts: "/var/lib/steward/receipts.json",
  /** Where receipts go while the root volume takes none. */
  receiptsInMemory: `${RUN}/receipts.json`,
  /** Which licence server was told to Package Manager. */
  licenseServer: "/var/lib/steward/license-server",
  run: RUN,
  /** Held by the one program that may change this node. */
  lock: `${RUN}/lock`,
  salt: `${RUN}/fingerprint-salt`,
  /** There while what runs may be older than what is written. */
  pendingRestart: `${RUN}/pending-restart`,
  freeze: `${RUN}/freeze.json`,
  sql: `${RUN}/init-database.sql`,
  passfile: `${RUN}/init-database.pass`,
  copyPassfile: `${RUN}/prove-database.pass`,
  /** By this path, because systemd itself runs it. */
  fsfreeze: "/usr/sbin/fsfreeze",
  bootId: "/proc/sys/kernel/random/boot_id",
  hostname: "/proc/sys/kernel/hostname",
  blockDevices: "/sys/class/block",
  /** Written by cloud-init at every first boot of an instance. */
  instanceId: "/var/lib/cloud/data/instance-id",
} as const;

/** The systemd unit and the Debian package bear the same name. */
export const UNIT = "rstudio-pm";
