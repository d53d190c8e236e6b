import { callerOf, type Person } from "@steward/aws/caller";
import { secrets } from "@steward/aws/clients";
import { createVault, type Vault } from "@steward/aws/vault";
import type { SecretId } from "@steward/core/desired/vault";
import { InvalidSettings } from "@steward/core/settings/invalid-settings";
import { readConfig, settingsOf } from "@steward/core/settings/read";
import type { StageSettings } from "@steward/core/settings/schema";
import { topologyThatFits } from "@steward/core/topology/limits";
import { names } from "@steward/core/topology/names";
import { loadConfig, onlyStage } from "../load-config.ts";
import { UsageError } from "../usage-error.ts";
import { explainFailure } from "./explain-failure.ts";

/** What every subcommand is told. */
export interface StageOptions {
  stage?: string;
  file: string;
  profile?: string;
  region?: string;
}

/** A stage as its settings say it, and where its vault is. */
export interface OpenStage {
  stage: string;
  settings: StageSettings;
  needed: SecretId[];
  /** Role of the nodes, the only one that reads values beside administrators. */
  nodeRole: string;
  region: string;
}

/** Reads the settings; every failure is a `UsageError`. */
export async function openStage({ stage: wanted, file, region }: StageOptions): Promise<OpenStage> {
  const config = await loadConfig(file);
  try {
    const stage = wanted ?? onlyStage(readConfig(config));
    const settings = settingsOf(config, stage);
    const { secrets: places, nodeRole } = topologyThatFits(stage, settings);
    return { stage, settings, needed: places.map(({ id }) => id), nodeRole: nodeRole.name, region: region ?? settings.region };
  } catch (error) {
    throw error instanceof InvalidSettings ? new UsageError(`${file}: ${error.message}`) : error;
  }
}

/** Does something with the stage's vault, in its own account only; AWS's failures come out as a `UsageError` in words for a person. */
export async function withVault<T>(
  { stage, settings: { account }, region }: OpenStage,
  { client, profile }: { client: Partial<Person>; profile: string | undefined },
  work: (vault: Vault) => Promise<T>,
): Promise<T> {
  try {
    const { clients } = await callerOf({ secrets }, { ...client, region, account, ...(profile !== undefined && { profile }) });
    return await work(createVault(clients.secrets, names(stage)));
  } catch (error) {
    const words = explainFailure(error, { stage, account, region, profile });
    throw words === undefined ? error : new UsageError(words);
  }
}

/** Name under which users reach the stage; null where the settings say none. */
export const hostOf = ({ packageManager: { address } }: StageSettings): string | null => (address === null ? null : new URL(address).hostname);
