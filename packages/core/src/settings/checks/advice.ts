import { type Check, each, type Finding, when } from "../check.ts";
import type { StageSettings } from "../schema.ts";

/** From 2025.04.4 on, leaked and nested database connections no longer hang requests: Posit's release notes. */
const FIRST_WITHOUT_LEAKS = [2025, 4, 4] as const;

function connectionLeaks({ packageManager: { version } }: StageSettings): Finding[] {
  const parts = version.split(/[.-]/).map(Number);
  const differing = FIRST_WITHOUT_LEAKS.findIndex((part, index) => parts[index] !== part);
  return when(
    differing >= 0 && Number(parts[differing]) < Number(FIRST_WITHOUT_LEAKS[differing]),
    "packageManager.version",
    `is ${version}, which leaks database connections until requests hang`,
    {
      allowed: "2025.04.4 or later",
    },
  );
}

const productKey = ({ packageManager: { license } }: StageSettings): Finding[] =>
  when(license.kind === "key", "packageManager.license.kind", 'is "key": an activation is lost with every node that dies hard', {
    allowed: '"file" or "floating"',
  });

const nobodyTold = ({ alerts: { people, pager } }: StageSettings): Finding[] =>
  when(people.length + pager.length === 0, "alerts", "is empty: nobody is told of incidents", {
    allowed: "an address in alerts.people or a receiver in alerts.pager",
  });

/** Posit's documents that could be read name neither the setting of the KMS key nor more than one Python. */
const unconfirmed = (settings: StageSettings): Finding[] => [
  ...when(
    settings.topology === "ha" && settings.storage.clientSideEncryption,
    "storage.clientSideEncryption",
    "is true: how Package Manager is told of its KMS key is not confirmed, so no node could be configured with it",
    { allowed: "false, until it is" },
  ),
  ...when(
    settings.packageManager.pythonVersions.length > 1,
    "packageManager.pythonVersions",
    "has more than one: whether Package Manager takes more is not confirmed, so no node could be configured with them",
    { allowed: "one version, until it is" },
  ),
];

export const adviceChecks: readonly Check[] = [
  { id: "connection-leaks", level: "warn", words: "Versions before 2025.04.4 leak database connections.", of: each(connectionLeaks) },
  { id: "product-key", level: "warn", words: "A product key is bound to hardware.", of: each(productKey) },
  { id: "unconfirmed", level: "refuse", words: "What Package Manager's documents do not confirm is not relied on.", of: each(unconfirmed) },
  { id: "nobody-told", level: "warn", words: "Somebody is told of incidents.", of: each(nobodyTold) },
];
