import { homedir } from "node:os";
import { join } from "node:path";
import { externalDataInterceptor } from "@smithy/core/config";
import { clearCredentialCache } from "@smithy/signature-v4";

/**
 * Keeps the machine's own AWS settings out of the world: the SDK would read them from disk at a client's first call, and
 * while a real disk is read the world's clock runs on, by a time that differs from run to run.
 */
export function hideMachineConfig(): void {
  const folder = join(homedir(), ".aws");
  for (const path of [process.env.AWS_CONFIG_FILE ?? join(folder, "config"), process.env.AWS_SHARED_CREDENTIALS_FILE ?? join(folder, "credentials")])
    externalDataInterceptor.interceptFile(path, "");
}

/**
 * Drops the signing keys that the SDK keeps per process: a world whose keys were used before would sign a few promises
 * faster, and the order of parallel calls would depend on which worlds there were before.
 */
export const forgetSigningKeys = (): void => clearCredentialCache();
