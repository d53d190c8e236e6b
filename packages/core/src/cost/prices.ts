/** What AWS asks for so many units of something. */
export interface Price {
  /** US dollars for `units` of `unit`. */
  usd: number;
  units: number;
  unit: string;
  /** The page or list that says so; "general knowledge" where none was read. */
  source: string;
  /** Day or month of what was read; "undated" for a copy that does not say. */
  asOf: string;
}

/** Every price here is this region's list price on demand: no free tier, no discount, no tax. */
export const PRICED_REGION = "us-east-1";
export const HOURS_PER_MONTH = 730;

type Origin = Pick<Price, "source" | "asOf">;
const PRICE_LIST: Origin = { source: "AWS Price List, offer 20260821071526", asOf: "2026-08-21" };
const INFRACOST: Origin = { source: "Infracost's expected test results, computed from the AWS Price List", asOf: "undated" };
const GENERAL: Origin = { source: "general knowledge", asOf: "undated" };
const page = (service: string, asOf: string): Origin => ({ source: `${service} pricing page`, asOf });
const CLOUDWATCH = page("Amazon CloudWatch", "2026-05-05");
const BALANCING = page("Elastic Load Balancing", "2026-09-20");

const one = (usd: number, unit: string, origin: Origin): Price => ({ usd, units: 1, unit, ...origin });
const many = (usd: number, [units, unit]: [number, string], origin: Origin): Price => ({ usd, units, unit, ...origin });
const [THOUSAND, MILLION] = [1_000, 1_000_000];

/** Everything but instances, by what is bought. */
export const PRICES = {
  volume: one(0.08, "GB-month", INFRACOST),
  volumeOperations: one(0.005, "operation a second above 3,000", INFRACOST),
  volumeThroughput: one(0.04, "MiB/s above 125", INFRACOST),
  snapshot: one(0.05, "GB-month", INFRACOST),
  publicAddress: one(0.005, "hour", { source: "AWS's announcement of charges for public IPv4 addresses, as LeanerCloud quotes it", asOf: "2024-02" }),
  natGateway: one(0.045, "hour", PRICE_LIST),
  natData: one(0.045, "GB", PRICE_LIST),
  interfaceEndpoint: one(0.01, "hour", INFRACOST),
  balancer: one(0.0225, "hour", BALANCING),
  balancerCapacity: one(0.008, "LCU-hour", BALANCING),
  databaseStorage: one(0.115, "GB-month", { source: "Amazon RDS pricing page, as Usage.ai quotes it", asOf: "2026-06" }),
  objectStorage: one(0.023, "GB-month", PRICE_LIST),
  objectReads: many(0.0004, [THOUSAND, "requests"], PRICE_LIST),
  objectWrites: many(0.005, [THOUSAND, "requests"], PRICE_LIST),
  key: one(1, "key", INFRACOST),
  secret: one(0.4, "secret", page("AWS Secrets Manager", "2026-09-20")),
  alarm: one(0.1, "alarm", CLOUDWATCH),
  composite: one(0.5, "alarm", GENERAL),
  metric: one(0.3, "metric", CLOUDWATCH),
  metricRequests: many(0.01, [THOUSAND, "requests"], CLOUDWATCH),
  dashboard: one(3, "dashboard", { source: "Amazon CloudWatch pricing page, as FactualMinds quotes it", asOf: "2026-06-13" }),
  logsIngested: one(0.5, "GB", INFRACOST),
  logsKept: one(0.03, "GB-month", INFRACOST),
  functionRequests: many(0.2, [MILLION, "requests"], PRICE_LIST),
  functionDuration: one(0.0000133334, "GB-second (arm64)", { source: "AWS Lambda pricing page, as quoted", asOf: "2026-05-11" }),
  durableOperations: many(8, [MILLION, "operations"], page("AWS Lambda", "2026-09-20")),
  tableReads: many(0.125, [MILLION, "read units"], PRICE_LIST),
  tableWrites: many(0.625, [MILLION, "write units"], PRICE_LIST),
  tableStorage: one(0.25, "GB-month", PRICE_LIST),
  tableBackup: one(0.2, "GB-month", INFRACOST),
  customEvents: many(1, [MILLION, "events"], GENERAL),
  emails: many(2, [100_000, "messages"], GENERAL),
  webhooks: many(0.6, [MILLION, "messages"], INFRACOST),
} as const satisfies Record<string, Price>;

/** Downloads out of AWS to the internet, in GB a month; each tier begins where the one before ends. */
export const TRANSFER_OUT: { upToGb: number; price: Price }[] = [
  { upToGb: 10_240, price: one(0.09, "GB", INFRACOST) },
  { upToGb: 51_200, price: one(0.085, "GB", INFRACOST) },
  { upToGb: 153_600, price: one(0.07, "GB", INFRACOST) },
  { upToGb: Number.POSITIVE_INFINITY, price: one(0.05, "GB", INFRACOST) },
];

type Family = Record<string, number>;
const LARGE = { large: 1, xlarge: 2, "2xlarge": 4, "4xlarge": 8 };
const USUAL = { ...LARGE, "8xlarge": 16, "12xlarge": 24, "16xlarge": 32, "24xlarge": 48 };
const FIRST_C5 = { ...LARGE, "9xlarge": 18, "12xlarge": 24, "18xlarge": 36, "24xlarge": 48 };
/** From `large` on, where each size costs what its virtual processors do; so it is for every size of these families in the list. */
const from = (large: number, sizes: Family): Family =>
  Object.fromEntries(Object.entries(sizes).map(([size, times]) => [size, Number((large * times).toFixed(6))]));

/** Linux, shared tenancy; x86 only, because nodes are. */
const NODE_FAMILIES: Record<string, Family> = {
  c5: from(0.085, FIRST_C5),
  c5a: from(0.077, USUAL),
  c6a: from(0.0765, USUAL),
  c6i: from(0.085, USUAL),
  c7a: from(0.10264, USUAL),
  c7i: from(0.08925, USUAL),
  c8i: from(0.09371, USUAL),
  m5: from(0.096, USUAL),
  m5a: from(0.086, USUAL),
  m6a: from(0.0864, USUAL),
  m6i: from(0.096, USUAL),
  m7a: from(0.11592, USUAL),
  m7i: from(0.1008, USUAL),
  m8i: from(0.10584, USUAL),
  r5: from(0.126, USUAL),
  r6i: from(0.126, USUAL),
  r7i: from(0.1323, USUAL),
  t3: { small: 0.0208, medium: 0.0416, large: 0.0832, xlarge: 0.1664, "2xlarge": 0.3328 },
  t3a: { small: 0.0188, medium: 0.0376, large: 0.0752, xlarge: 0.1504, "2xlarge": 0.3008 },
};

/** PostgreSQL in one zone; with a standby it is twice that. */
const DATABASE_FAMILIES: Record<string, Family> = {
  "db.t3": { medium: 0.072, large: 0.145, xlarge: 0.29, "2xlarge": 0.579 },
  "db.m5": { large: 0.178, xlarge: 0.356, "2xlarge": 0.712, "4xlarge": 1.424, "8xlarge": 2.848, "12xlarge": 4.272, "24xlarge": 8.544 },
  "db.r5": { large: 0.25, xlarge: 0.5, "2xlarge": 1, "4xlarge": 2, "8xlarge": 4, "12xlarge": 6, "24xlarge": 12 },
};

/** Families whose prices are known, for people. */
export const KNOWN_FAMILIES = { nodes: Object.keys(NODE_FAMILIES), databases: Object.keys(DATABASE_FAMILIES) };

const hours = (families: Record<string, Family>, origin: Origin): ReadonlyMap<string, Price> =>
  new Map(
    Object.entries(families).flatMap(([family, sizes]) => Object.entries(sizes).map(([size, usd]) => [`${family}.${size}`, one(usd, "instance-hour", origin)])),
  );

/** An hour of each EC2 type; what is not here has no known price, and none is guessed. */
export const NODE_HOURS = hours(NODE_FAMILIES, { source: "AWS Price List, as read for Karpenter's AWS provider", asOf: "2026-01-19" });

/** An hour of each RDS class with PostgreSQL in one zone; what is not here has no known price. */
export const DATABASE_HOURS = hours(DATABASE_FAMILIES, PRICE_LIST);
