import type { Operation } from "../../account/operation.ts";
import { bucketRight } from "./rights.ts";
import { type Bucket, type Buckets, findBucket } from "./state.ts";

/** Makes an operation on an existing bucket, with the named right on it. */
export const onBucket =
  (buckets: Buckets) =>
  <Input extends { Bucket?: string | undefined }, Output>(action: string, run: (bucket: Bucket, input: Input) => Output): Operation<Input, Output> => ({
    rights: ({ Bucket }) => [bucketRight(findBucket(buckets, Bucket), action)],
    run: (input) => run(findBucket(buckets, input.Bucket), input),
  });
