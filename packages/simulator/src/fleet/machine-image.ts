import { configFingerprint } from "@steward/core/desired/config-fingerprint";
import { readKey } from "@steward/core/desired/key-fingerprint";
import type { DesiredState } from "@steward/core/fleet/probe";

/** What was baked into a machine image, as far as it shows from outside. */
export interface MachineImage {
  /** Package Manager's version. */
  version: string;
  /** Text of `/etc/rstudio-pm/rstudio-pm.gcfg`. */
  config: string;
  /** Text of the encryption key file. */
  key: string;
  /** `no-agent` boots without the SSM agent, `never` hangs in the boot loader. */
  boot: "normal" | "no-agent" | "never";
  /** `crashes` ends by itself a few seconds after every start; `absent` has neither Package Manager nor the node program. */
  service: "starts" | "crashes" | "absent";
  /** Whether Package Manager keeps its files on an attached volume, without which it does not start. */
  dataVolume: "required" | "none";
}

/** The database's name and S3's regional endpoint are what a simulated machine can resolve. */
const CONFIG = `[Server]
Address = https://packages.example.com
[HTTP]
Listen = :4242
[Database]
Provider = postgres
[Postgres]
URL = postgres://ppm@database.internal:5432/rstudio_pm?sslmode=verify-full
[Storage]
Default = s3
[S3Storage]
Bucket = packages
Region = us-east-1
`;

/** A key of the right form; every simulated machine holds this one unless its image says otherwise. */
const KEY = "5a".repeat(512);

export const PPM_IMAGE: MachineImage = { version: "2026.08.0", config: CONFIG, key: KEY, boot: "normal", service: "starts", dataVolume: "none" };

/** A single server keeps everything on its data volume, so it needs neither S3 nor Postgres. */
const SINGLE_CONFIG = `[Server]
Address = https://packages.example.com
[HTTP]
Listen = :4242
[Database]
Provider = sqlite
[SQLite]
Dir = /var/lib/rstudio-pm/db
`;

export const SINGLE_IMAGE: MachineImage = { ...PPM_IMAGE, config: SINGLE_CONFIG, dataVolume: "required" };

/** Canonical's own Ubuntu: it boots, its SSM agent answers, and nothing ever serves on it. */
export const UBUNTU_IMAGE: MachineImage = { version: "", config: "", key: "", boot: "normal", service: "absent", dataVolume: "none" };

/** The id that Canonical's public parameter names in this account. */
export const UBUNTU_IMAGE_ID = "ami-0b1d2c3e4f5a6b7c8";

/** The desired state that machines of this image satisfy. */
export function desiredStateOf(image: MachineImage, revision = 1): DesiredState {
  const key = readKey(image.key);
  if (key.kind === "invalid") throw new Error(`the image holds no usable key: ${key.because}`);
  return { desired: 1, revision, version: image.version, configFingerprint: configFingerprint(image.config), keyFingerprint: key.fingerprint };
}
