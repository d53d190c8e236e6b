import { z } from "zod";

export const InstanceId = z.string().regex(/^i-[0-9a-f]{8,17}$/, "an EC2 instance id, like i-0123456789abcdef0");
export type InstanceId = z.infer<typeof InstanceId>;
