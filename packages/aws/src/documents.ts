import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { type DocumentPointer, isDocument } from "@steward/core/desired/documents";
import { Permanent } from "@steward/core/errors";
import { calling } from "./failures.ts";

export type Documents = ReturnType<typeof createDocuments>;

/** Documents of the state bucket, each under its own hash: writing one twice changes nothing. */
export const createDocuments = (client: S3Client) => ({
  /** The text that the pointer names; another text under its name is an error. */
  read: async (pointer: DocumentPointer): Promise<string> => {
    const { bucket: Bucket, key: Key } = pointer;
    const text = await calling(`read ${Key}`, async () => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToString("utf-8")) ?? "";
    });
    if (!isDocument(text, pointer)) throw new Permanent(`${Key} is not what its name says`);
    return text;
  },

  write: async ({ bucket: Bucket, key: Key }: DocumentPointer, Body: string): Promise<void> => {
    await calling(`write ${Key}`, () => client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: "application/json" })));
  },
});
