import { type DocumentPointer, type EffectiveDocument, pointerTo } from "../desired/documents.ts";

/** What keeps the copy's server from every other computer. Source: systemd.resource-control(5), "IPAddressAllow". */
const ALONE = ["IPAddressDeny=any", "IPAddressAllow=localhost"];

/**
 * What the server on a copy is to be: the same as the fleet's, on another volume and cut off from everybody. The drop-in has one section,
 * so what is added stands in it.
 */
export function copyDocument(effective: EffectiveDocument, { bucket, copyId }: { bucket: string; copyId: string }): { pointer: DocumentPointer; text: string } {
  const dropIn = `${effective.config.dropIn.trimEnd()}\n${ALONE.join("\n")}\n`;
  const text = JSON.stringify({ ...effective, dataVolume: copyId, config: { ...effective.config, dropIn } } satisfies EffectiveDocument);
  return { pointer: pointerTo(bucket, "effective", text), text };
}
