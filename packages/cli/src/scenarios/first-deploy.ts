import { createClientsOf, secrets } from "@steward/aws/clients";
import { createVault } from "@steward/aws/vault";
import { secondsUntil } from "@steward/core/apply/duration";
import { names } from "@steward/core/topology/names";
import { REGION } from "@steward/simulator/account/account";
import { DEMO_VAULT } from "@steward/simulator/fleet/demo-vault";
import { hex } from "@steward/simulator/world/chance";
import { drive } from "@steward/simulator/world/drive";
import { fillVault } from "../secrets/fill.ts";
import { confirmCopy } from "../secrets/put.ts";
import { STAGE, type Stage } from "../simulation/stage.ts";
import { allServe, type Play } from "./scenario.ts";

/** From what a deploy leaves behind to a fleet that serves; the operator's part is the vault alone. */
export const firstDeploy: Play = async (stage) => {
  stage.act("A deploy has ended", "there is everything but an image, secrets and nodes; Steward begins by itself");
  await stage.waitFor(() => stage.chronicle.reached.has("secrets"), { hours: 3 });
  stage.act("The operator fills the vault", "key, salt and logins are made, the licence is brought, the offline copy confirmed");
  await operatorFills(stage);
  await stage.waitFor(() => allServe(stage) && stage.chronicle.reached.has("finished"), { hours: 3 });
  await stage.run({ seconds: secondsUntil(new Date(), stage.nextSweep) + 60 });
  const { incidents, attempts } = stage.chronicle;
  const counts = stage.servingHistory.map(({ serving }) => serving);
  stage.expect("the whole fleet serves", allServe(stage));
  stage.expect("it was no incident, and nobody was told", incidents.length === 0 && stage.messages.length === 0);
  stage.expect(
    "nodes came one after the other, and none was lost",
    counts.every((count, index) => count === index),
  );
  stage.expect("every stage was one run's work, and none failed", attempts.length > 0 && attempts.every(({ outcome }) => outcome === "done"));
};

/** What only the operator has. */
const BROUGHT = ["license", "certificate"] as const;

/** What `steward secrets init`, `put license` and `confirm-offline-copy` do, in the operator's hands. */
export async function operatorFills({ world, deployed }: Stage): Promise<void> {
  const { accessKeyId, secretAccessKey } = world.operator;
  const clients = createClientsOf({ secrets }, { region: REGION, credentials: { accessKeyId, secretAccessKey }, requestHandler: world.requestHandler });
  const vault = createVault(clients.secrets, names(STAGE));
  const needed = deployed.topology.secrets.map(({ id }) => id);
  const offline = { key: "" };
  const copy = { keep: (key: string) => Object.assign(offline, { key }), discard: () => Object.assign(offline, { key: "" }) };
  await drive(async () => {
    await fillVault(vault, { needed, random: (bytes) => Buffer.from(hex(2 * bytes), "hex"), copy });
    for (const id of BROUGHT) if (needed.includes(id)) await vault.putFirst(id, DEMO_VAULT[id] ?? "");
    await confirmCopy(vault, offline.key, new Date());
  });
}
