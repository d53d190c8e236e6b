import { ACCOUNT_ID } from "../../account/account.ts";
import type { Principal } from "../../account/principal.ts";

const VIA_EC2 = { StringLike: { "kms:ViaService": "ec2.*.amazonaws.com" } };

/**
 * As whom Image Builder makes images: its service-linked role with what its managed policy says of keys, so a key's policy must
 * name the role or leave it to the account. Source: AWS managed policy reference, "AWSServiceRoleForImageBuilder".
 */
export const SERVICE_ROLE: Principal = {
  arn: `arn:aws:iam::${ACCOUNT_ID}:role/aws-service-role/imagebuilder.amazonaws.com/AWSServiceRoleForImageBuilder`,
  accessKeyId: "",
  secretAccessKey: "",
  policy: {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
        Resource: ["*"],
        Condition: VIA_EC2,
      },
      { Effect: "Allow", Action: ["kms:CreateGrant"], Resource: ["*"], Condition: { ...VIA_EC2, Bool: { "kms:GrantIsForAWSResource": "true" } } },
    ],
  },
};
