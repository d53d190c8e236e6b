import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type * as module from "@aws-sdk/client-s3";
import { AwsError } from "../../account/operation.ts";
import type { ObjectVersion } from "./state.ts";

const digest = (algorithm: string, body: Uint8Array): string => createHash(algorithm).update(body).digest("base64");

function crc32Of(body: Uint8Array): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return sum.toString("base64");
}

/** Checksums that are checked; CRC32C and CRC64NVME are kept as they were sent. */
const CHECKED = {
  ChecksumCRC32: crc32Of,
  ChecksumSHA1: (body: Uint8Array) => digest("sha1", body),
  ChecksumSHA256: (body: Uint8Array) => digest("sha256", body),
};
const KEPT = ["ChecksumCRC32C", "ChecksumCRC64NVME"] as const;

/** The checksums sent with a body, to be kept with the object; refuses a body that came differently (user guide, "Checking object integrity"). */
export function checkedSums(input: module.PutObjectCommandInput, body: Uint8Array): ObjectVersion["checksums"] {
  if (input.ContentMD5 !== undefined && input.ContentMD5 !== digest("md5", body))
    throw new AwsError("BadDigest", "The Content-MD5 you specified did not match what we received.");
  const sums: ObjectVersion["checksums"] = {};
  for (const name of KEPT) if (input[name] !== undefined) sums[name] = input[name];
  for (const [name, sumOf] of Object.entries(CHECKED) as [keyof typeof CHECKED, (body: Uint8Array) => string][]) {
    const given = input[name];
    if (given === undefined) continue;
    if (given !== sumOf(body)) throw new AwsError("BadDigest", `The ${name.replace("Checksum", "")} you specified did not match the calculated checksum.`);
    sums[name] = given;
  }
  return sums;
}

/** MD5 of the body; of objects under KMS keys the tag says nothing about the content (API reference, "Object"). */
export const plainEtag = (body: Uint8Array): string => `"${createHash("md5").update(body).digest("hex")}"`;
