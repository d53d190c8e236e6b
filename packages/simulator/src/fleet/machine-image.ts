/** What was baked into a machine image, as far as it shows from outside; no configuration and no secret is in a good one. */
export interface MachineImage {
  /** Package Manager's version. */
  version: string;
  /** Versions of the languages that are installed. */
  languages: { r: readonly string[]; python: readonly string[] };
  /** `no-agent` boots without the SSM agent, `never` hangs in the boot loader. */
  boot: "normal" | "no-agent" | "never";
  /** `crashes` ends by itself a few seconds after every start; `absent` has neither Package Manager nor the node program. */
  service: "starts" | "crashes" | "absent";
  /** Whether Package Manager starts only where its folder is a mounted data volume. */
  dataVolume: "required" | "none";
  /** What a bad image holds besides, by path: a key, a licence, somebody's configuration. */
  left: Readonly<Record<string, { text: string; owner: string; mode: number }>>;
}

export const PPM_IMAGE: MachineImage = {
  version: "2026.08.0",
  languages: { r: ["4.6.1"], python: ["3.14.7"] },
  boot: "normal",
  service: "starts",
  dataVolume: "none",
  left: {},
};

export const SINGLE_IMAGE: MachineImage = { ...PPM_IMAGE, dataVolume: "required" };

/** Canonical's own Ubuntu: it boots, its SSM agent answers, and nothing ever serves on it. */
export const UBUNTU_IMAGE: MachineImage = { ...PPM_IMAGE, version: "", languages: { r: [], python: [] }, service: "absent" };

/** The id that Canonical's public parameter names in this account. */
export const UBUNTU_IMAGE_ID = "ami-0b1d2c3e4f5a6b7c8";
