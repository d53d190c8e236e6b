import { createHash } from "node:crypto";

/** The account, region and partition that every evaluation sees. */
export const ACCOUNT = "123456789012";
export const REGION = "us-east-1";
export const PARTITION = "aws";

const hex = (seed: string, digits: number) => createHash("sha256").update(seed).digest("hex").slice(0, digits);

/** An id as EC2 gives: `vpc-0123456789abcdef0`; always the same for one name. */
export const ec2Id = (prefix: string, name: string): string => `${prefix}-0${hex(`${prefix}/${name}`, 16)}`;

/** A UUID that is always the same for one name. */
export function uuid(name: string): string {
  const digits = hex(`uuid/${name}`, 32);
  return [digits.slice(0, 8), digits.slice(8, 12), `4${digits.slice(13, 16)}`, `a${digits.slice(17, 20)}`, digits.slice(20)].join("-");
}

/** The 16 digits that end a load balancer's or target group's ARN. */
export const suffix = (name: string, digits = 16): string => hex(`suffix/${name}`, digits);

/** Six letters and digits, as Secrets Manager appends to a secret's name. */
export const sixLetters = (name: string): string =>
  [...createHash("sha256").update(`six/${name}`).digest().subarray(0, 6)]
    .map((byte) => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[byte % 62])
    .join("");

/** `arn:aws:<service>:<region>:<account>:<resource>`. */
export const arn = (service: string, resource: string): string => `arn:${PARTITION}:${service}:${REGION}:${ACCOUNT}:${resource}`;

/** An ARN without a region, as IAM's. */
export const globalArn = (service: string, resource: string, account = ACCOUNT): string => `arn:${PARTITION}:${service}::${account}:${resource}`;
