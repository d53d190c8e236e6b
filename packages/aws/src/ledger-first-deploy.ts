import type { Ledger } from "@steward/core/apply/ports";
import { FirstDeployRecord } from "@steward/core/first-deploy/facts";
import { ImageRecord } from "@steward/core/image/ledger";
import { read } from "./ledger-read.ts";
import type { Table } from "./table.ts";

type Founding = Pick<Ledger, "firstDeploy" | "noteFirstDeploy" | "images" | "noteImage">;

const FIRST_DEPLOY = "FIRST-DEPLOY";

/** How far the first deploy is, one item for each thing that was noted; and the ledger of images. */
export function ledgerOfFirstDeploy(table: Table): Founding {
  return {
    firstDeploy: async () => {
      const items = new Map((await table.list(FIRST_DEPLOY)).map((item) => [item.sk, item]));
      const reached = [...items].flatMap(([sk, { at }]) => (sk.startsWith("reached#") ? [[sk.slice("reached#".length), at]] : []));
      const written = items.get("written");
      const record = {
        pk: FIRST_DEPLOY,
        sk: "record",
        reached: Object.fromEntries(reached),
        written: written ? { declared: written.declared, state: written.state } : null,
        databaseAt: items.get("database")?.at ?? null,
        finishedAt: items.get("finished")?.at ?? null,
      };
      return read(record, FirstDeployRecord);
    },

    noteFirstDeploy: async (note) => {
      if (note.what === "written") {
        await table.put({ pk: FIRST_DEPLOY, sk: "written", declared: note.declared, state: note.state }, ALWAYS);
        return;
      }
      const sk = note.what === "reached" ? `reached#${note.stage}` : note.what;
      await table.put({ pk: FIRST_DEPLOY, sk, at: note.at }, note.what === "reached" && note.again ? ALWAYS : FIRST);
    },

    images: async () => (await table.list("IMAGE")).map((item) => read(item, ImageRecord)),

    noteImage: async (image) => {
      await table.put({ ...image, pk: "IMAGE", sk: image.imageId }, image.standing === "candidate" && image.retiredAt === undefined ? FIRST : ALWAYS);
    },
  };
}

const FIRST = { when: "attribute_not_exists(pk)" };
/** The last word counts. */
const ALWAYS = { when: "attribute_exists(pk) OR attribute_not_exists(pk)" };
