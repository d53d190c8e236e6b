import type { ServiceId } from "../account/operation.ts";

/** One action that a call asks for besides its own. */
export interface Dependent {
  action: string;
  /** What in the request or in the account makes AWS ask for it. */
  when: string;
  /** Another request than the complete one asks for it: `sample` of the table's test does not. */
  variant?: true;
  /** Keys are asked for where they are used (`links.useKey`), as only the key's own service knows its policy. */
  atUse?: true;
}

/** What AWS asks for when an operation is called. */
export interface Authorization {
  /** Actions of the operation itself: one as a rule, one per item for a transaction, none where AWS asks for none. */
  actions: string[];
  dependent: Dependent[];
  /** Page of AWS's documentation that says so. */
  source: string;
}

type Entry = Partial<Authorization>;

const tagged = (action: string): Dependent => ({ action, when: "tags are given" });
const passes = (when: string): Dependent => ({ action: "iam:PassRole", when });
const reference = (page: string): string => `Service authorization reference, "API operations defined by ${page}"`;
const EC2_TAGS = 'EC2 user guide, "Grant permission to tag Amazon EC2 resources during creation"';
const LAUNCH_PERMISSIONS = 'EC2 user guide, "IAM permissions required for Amazon EC2 launch templates"';

const created = (...operations: string[]): Record<string, Entry> =>
  Object.fromEntries(operations.map((operation) => [operation, { dependent: [tagged("ec2:CreateTags")], source: EC2_TAGS }]));

/** What launching asks for, also of whoever only names the template of a group. */
const LAUNCH: Dependent[] = [
  { action: "ec2:RunInstances", when: "a launch template is named" },
  passes("the launch template has an instance profile"),
  { action: "ec2:CreateTags", when: "the launch template tags what it launches" },
];
const GROUP_PERMISSIONS = 'Amazon EC2 Auto Scaling user guide, "Control Amazon EC2 launch template usage in Auto Scaling groups"';

/** The pages, for every operation that needs no line of its own below. */
const PAGES: Record<string, string> = {
  ec2: "Amazon EC2",
  "ec2-elsewhere": "Amazon EC2",
  autoscaling: "Amazon EC2 Auto Scaling",
  elbv2: "Elastic Load Balancing V2",
  ssm: "AWS Systems Manager",
  cloudwatch: "Amazon CloudWatch",
  events: "Amazon EventBridge",
  sns: "Amazon SNS",
  sqs: "Amazon SQS",
  dynamodb: "Amazon DynamoDB",
  lambda: "AWS Lambda",
  rds: "Amazon RDS",
  sts: "AWS Security Token Service",
  s3: "Amazon S3",
  kms: "AWS Key Management Service",
  secretsmanager: "AWS Secrets Manager",
  imagebuilder: "Amazon EC2 Image Builder",
};

/** Object encryption asks for the key as well. Source: S3 user guide, "Using server-side encryption with AWS KMS keys: permissions". */
const SSE_KMS = 'Amazon S3 user guide, "Using server-side encryption with AWS KMS keys (SSE-KMS)"';
const SECRET_KEY = 'AWS Secrets Manager user guide, "Secret encryption and decryption"';
const generatesKey: Dependent = { action: "kms:GenerateDataKey", when: "a customer key encrypts what is written", atUse: true };
const decrypts: Dependent = { action: "kms:Decrypt", when: "a customer key encrypts what is read", atUse: true };

/** Source: S3 API reference, GetObject, "Permissions". */
const readsOther: Dependent[] = [
  { action: "s3:GetObjectVersion", when: "a version is named, in place of s3:GetObject", variant: true },
  { action: "s3:ListBucket", when: "the object is not there: without it the answer is a refusal", variant: true },
];

/** Only operations that ask for more than the action of their own name, for another, or for none. */
const ENTRIES: Record<string, Record<string, Entry>> = {
  autoscaling: {
    CreateAutoScalingGroup: { dependent: [tagged("autoscaling:CreateOrUpdateTags"), ...LAUNCH], source: GROUP_PERMISSIONS },
    UpdateAutoScalingGroup: { dependent: LAUNCH, source: GROUP_PERMISSIONS },
    PutLifecycleHook: { dependent: [passes("the hook notifies with a role")] },
  },
  ec2: {
    DeregisterImage: { dependent: [{ action: "ec2:DeleteSnapshot", when: "its snapshots are to go too: without it they stay", atUse: true }] },
    ModifySnapshotTier: {
      dependent: ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey"].map((action) => ({ action, when: "a customer key encrypts the snapshot", atUse: true })),
      source: 'EBS user guide, "Required IAM permissions for archiving Amazon EBS snapshots"',
    },
    RunInstances: { dependent: [passes("an instance profile is given"), tagged("ec2:CreateTags")], source: LAUNCH_PERMISSIONS },
    ...created("CreateLaunchTemplate", "CreateVolume", "AllocateAddress", "CreateVpc", "CreateSubnet", "CreateInternetGateway", "CreateRouteTable"),
    ...created("CreateSnapshot", "CreateSnapshots", "RegisterImage"),
    ...created("CreateNatGateway", "CreateVpcEndpoint", "CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"),
  },
  "ec2-elsewhere": {
    CopySnapshot: { dependent: [tagged("ec2:CreateTags")], source: EC2_TAGS },
  },
  elbv2: {
    CreateLoadBalancer: { dependent: [tagged("elasticloadbalancing:AddTags")] },
    CreateTargetGroup: { dependent: [tagged("elasticloadbalancing:AddTags")] },
    CreateListener: { dependent: [tagged("elasticloadbalancing:AddTags")] },
  },
  ssm: {
    SendCommand: { dependent: [passes("the command notifies with a role")] },
    CreateDocument: { dependent: [tagged("ssm:AddTagsToResource")] },
    PutParameter: { dependent: [tagged("ssm:AddTagsToResource")] },
  },
  cloudwatch: {
    PutMetricAlarm: { dependent: [tagged("cloudwatch:TagResource")] },
    PutCompositeAlarm: { dependent: [tagged("cloudwatch:TagResource")] },
    PutDashboard: { dependent: [tagged("cloudwatch:TagResource")] },
  },
  events: {
    CreateEventBus: { dependent: [tagged("events:TagResource")] },
    PutRule: { dependent: [tagged("events:TagResource"), passes("the rule has a role")] },
    PutTargets: { dependent: [passes("a target has a role")] },
  },
  sns: {
    CreateTopic: { dependent: [tagged("sns:TagResource")] },
    Publish: { dependent: [generatesKey, decrypts], source: 'Amazon SNS developer guide, "Managing Amazon SNS encryption keys and costs"' },
  },
  sqs: { CreateQueue: { dependent: [tagged("sqs:TagQueue")] } },
  dynamodb: {
    CreateTable: { dependent: [tagged("dynamodb:TagResource")] },
    TransactWriteItems: { actions: ["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"] },
  },
  lambda: {
    Invoke: { actions: ["lambda:InvokeFunction"] },
    CreateFunction: { dependent: [passes("always: the role of the function"), tagged("lambda:TagResource")] },
  },
  rds: {
    CreateDBInstance: {
      dependent: [
        tagged("rds:AddTagsToResource"),
        { action: "secretsmanager:CreateSecret", when: "RDS manages the master password" },
        { action: "secretsmanager:TagResource", when: "RDS manages the master password" },
        { action: "kms:DescribeKey", when: "a customer key is named", atUse: true },
        { action: "kms:CreateGrant", when: "a customer key is named", atUse: true },
        generatesKey,
        decrypts,
      ],
      source: 'Amazon RDS user guide, "Password management with Amazon RDS and AWS Secrets Manager: permissions required for Secrets Manager integration"',
    },
    RestoreDBInstanceFromDBSnapshot: {
      dependent: [
        tagged("rds:AddTagsToResource"),
        { action: "kms:DescribeKey", when: "the snapshot is under a customer key", atUse: true },
        { action: "kms:CreateGrant", when: "the snapshot is under a customer key", atUse: true },
        generatesKey,
      ],
      source: 'Amazon RDS user guide, "Encrypting Amazon RDS resources: determining whether and how a key is used"',
    },
    CopyDBSnapshot: {
      dependent: [
        tagged("rds:AddTagsToResource"),
        { action: "kms:DescribeKey", when: "the snapshot is under a customer key", atUse: true },
        { action: "kms:CreateGrant", when: "the snapshot is under a customer key", atUse: true },
        generatesKey,
      ],
      source: 'Amazon RDS user guide, "Copying a DB snapshot: handling encryption"',
    },
    CreateDBSnapshot: { dependent: [tagged("rds:AddTagsToResource")] },
    CreateDBParameterGroup: { dependent: [tagged("rds:AddTagsToResource")] },
    CreateDBSubnetGroup: { dependent: [tagged("rds:AddTagsToResource")] },
  },
  sts: { GetCallerIdentity: { actions: [], source: "AWS STS API reference, GetCallerIdentity: no permissions are required" } },
  kms: { CreateKey: { dependent: [tagged("kms:TagResource")] } },
  secretsmanager: {
    CreateSecret: { dependent: [tagged("secretsmanager:TagResource"), generatesKey, decrypts], source: SECRET_KEY },
    PutSecretValue: { dependent: [generatesKey, decrypts], source: SECRET_KEY },
    GetSecretValue: { dependent: [decrypts], source: SECRET_KEY },
  },
  imagebuilder: {
    CreateComponent: { dependent: [tagged("imagebuilder:TagResource")] },
    CreateImageRecipe: {
      dependent: [
        tagged("imagebuilder:TagResource"),
        { action: "imagebuilder:GetComponent", when: "components are named" },
        { action: "imagebuilder:GetImage", when: "the parent is an image of Image Builder" },
      ],
    },
    CreateInfrastructureConfiguration: {
      dependent: [
        tagged("imagebuilder:TagResource"),
        { action: "iam:GetInstanceProfile", when: "always: the profile of the instances that build" },
        passes("always: the role of that profile"),
      ],
    },
    CreateDistributionConfiguration: { dependent: [tagged("imagebuilder:TagResource")] },
    CreateImagePipeline: {
      dependent: [
        tagged("imagebuilder:TagResource"),
        { action: "imagebuilder:GetImageRecipe", when: "always: the recipe" },
        { action: "imagebuilder:GetInfrastructureConfiguration", when: "always: the infrastructure" },
        { action: "imagebuilder:GetDistributionConfiguration", when: "a distribution is named" },
        passes("an execution role is given"),
      ],
    },
    StartImagePipelineExecution: { dependent: [tagged("imagebuilder:TagResource")] },
  },
  s3: {
    HeadBucket: { actions: ["s3:ListBucket"] },
    ListObjectsV2: { actions: ["s3:ListBucket"] },
    ListObjectVersions: { actions: ["s3:ListBucketVersions"] },
    ListBuckets: { actions: ["s3:ListAllMyBuckets"] },
    HeadObject: { actions: ["s3:GetObject"], dependent: [...readsOther, decrypts], source: SSE_KMS },
    GetObject: { dependent: [...readsOther, decrypts], source: SSE_KMS },
    PutObject: { dependent: [{ action: "s3:GetObject", when: "an entity tag must match" }, generatesKey], source: SSE_KMS },
    DeleteObject: { dependent: [{ action: "s3:DeleteObjectVersion", when: "a version is named, in place of s3:DeleteObject", variant: true }] },
    GetBucketEncryption: { actions: ["s3:GetEncryptionConfiguration"] },
    PutBucketEncryption: { actions: ["s3:PutEncryptionConfiguration"] },
    GetBucketLifecycleConfiguration: { actions: ["s3:GetLifecycleConfiguration"] },
    PutBucketLifecycleConfiguration: { actions: ["s3:PutLifecycleConfiguration"] },
    GetBucketNotificationConfiguration: { actions: ["s3:GetBucketNotification"] },
    PutBucketNotificationConfiguration: { actions: ["s3:PutBucketNotification"] },
    GetPublicAccessBlock: { actions: ["s3:GetBucketPublicAccessBlock"] },
    PutPublicAccessBlock: { actions: ["s3:PutBucketPublicAccessBlock"] },
  },
};

/**
 * What AWS asks for when an operation is called. The resource types and condition keys of each action are not repeated
 * here: `actionEntry` has them. What depends on the request is listed with what makes it so.
 */
export function authorizationOf(service: { id: ServiceId; iamPrefix: string }, operation: string): Authorization {
  const entry = ENTRIES[service.id]?.[operation] ?? {};
  return {
    actions: entry.actions ?? [`${service.iamPrefix}:${operation}`],
    dependent: entry.dependent ?? [],
    source: entry.source ?? reference(PAGES[service.id] ?? service.id),
  };
}
