import { createHash, createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import { AwsSmithyRpcV2CborProtocol } from "@aws-sdk/core/protocols";
import { answer } from "@steward/simulator/account/handler";
import { AwsError, type Service } from "@steward/simulator/account/operation";
import { codecFor, spokenBy } from "@steward/simulator/wire/codec";
import { bytes, text, type WireRequest } from "@steward/simulator/wire/message";
import { isSignedWith, signatureOf } from "@steward/simulator/wire/signature";
import { drive } from "@steward/simulator/world/drive";
import { resetWorld } from "@steward/simulator/world/install";
import { beforeEach, describe, expect, test } from "vitest";
import { accountWith, clientOf, operator } from "./wire-account.ts";

const AT = new Date("2026-01-05T08:59:30.000Z");

const request = (parts: Partial<WireRequest>): WireRequest => ({
  method: "POST",
  hostname: "localhost",
  path: "/",
  query: {},
  headers: {},
  body: new Uint8Array(),
  ...parts,
});

const watch = (): Service => {
  const service = accountWith({}).services.get("cloudwatch");
  if (!service) throw new Error("no CloudWatch");
  return service;
};

beforeEach(() => resetWorld(1));

describe("CloudWatch speaks three protocols", () => {
  const alarm = { AlarmName: "a", Threshold: 1.5, StateUpdatedTimestamp: AT, Dimensions: [{ Name: "d", Value: "v" }] };

  test("CBOR, as a client configured for it sends and reads it", async () => {
    const heard: unknown[] = [];
    const account = accountWith({
      cloudwatch: {
        DescribeAlarms: {
          run: (input) => {
            heard.push(input);
            return { MetricAlarms: [alarm] };
          },
        },
        SetAlarmState: {
          run: () => {
            throw new AwsError("ResourceNotFound", "unknown alarm");
          },
        },
      },
    });
    const client = new cloudwatch.CloudWatchClient({ ...clientOf(account), protocol: AwsSmithyRpcV2CborProtocol });
    const output = await drive(() => client.send(new cloudwatch.DescribeAlarmsCommand({ AlarmNames: ["a"], MaxRecords: 3 })));
    expect(heard).toEqual([{ AlarmNames: ["a"], MaxRecords: 3 }]);
    expect(output.MetricAlarms).toEqual([alarm]);
    const refused = drive(() => client.send(new cloudwatch.SetAlarmStateCommand({ AlarmName: "x", StateValue: "OK", StateReason: "r" })));
    await expect(refused).rejects.toMatchObject({ name: "ResourceNotFound", message: "unknown alarm" });
  });

  test("the query protocol of older clients", () => {
    const form = request({
      headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
      body: bytes("Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1=a&MaxRecords=3"),
    });
    const codec = codecFor(watch(), spokenBy(watch(), form));
    expect(codec.decode(form)).toEqual({ operation: "DescribeAlarms", input: { AlarmNames: ["a"], MaxRecords: 3 } });
    const xml = text(codec.encode("DescribeAlarms", { MetricAlarms: [alarm] }, "req-1").body);
    expect(xml).toContain(
      '<DescribeAlarmsResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><DescribeAlarmsResult><MetricAlarms><member><AlarmName>a</AlarmName>',
    );
    expect(xml).toContain("<ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata>");
  });

  test("compressed bodies", () => {
    const body = gzipSync(JSON.stringify({ Namespace: "Steward", MetricData: [{ MetricName: "m", Value: 1, Timestamp: AT.getTime() / 1000 }] }));
    const put = request({ headers: { "content-encoding": "gzip", "x-amz-target": "GraniteServiceVersion20100801.PutMetricData" }, body });
    expect(codecFor(watch()).decode(put)).toEqual({
      operation: "PutMetricData",
      input: { Namespace: "Steward", MetricData: [{ MetricName: "m", Value: 1, Timestamp: AT }] },
    });
  });
});

describe("REST-XML", () => {
  const rule = [3, "test", "Rule", 0, ["Id", "Days"], [0, 1]];
  const put = [
    3,
    "test",
    "PutRules",
    0,
    ["Bucket", "Owner", "Rules"],
    [
      [0, 1],
      [0, { httpHeader: "x-amz-owner" }],
      [() => list, 0],
    ],
  ];
  const list = [1, "test", "RuleList", 0, [() => rule, { xmlName: "Rule" }]];
  const got = [
    3,
    "test",
    "GotRules",
    { xmlName: "Result" },
    ["ETag", "Rules"],
    [
      [0, { httpHeader: "ETag" }],
      [() => list, 0],
    ],
  ];
  const module = {
    PutRules$: [9, "test", "PutRules", { http: ["PUT", "/{Bucket}?rules", 200] }, () => put, () => got],
    Put$: [9, "test", "Put", { http: ["PUT", "/{Bucket}", 200] }, () => put, () => got],
  };
  const service: Service = { id: "sts", iamPrefix: "s3", module, protocol: "restXml", namespace: "http://s3.amazonaws.com/doc/2006-03-01/", operations: {} };

  test("binds labels, headers, query flags and body", () => {
    const body = bytes("<PutRules><Rules><Rule><Id>one</Id><Days>3</Days></Rule></Rules></PutRules>");
    const asked = request({ method: "PUT", path: "/my%20bucket", query: { rules: "" }, headers: { "x-amz-owner": "me" }, body });
    expect(codecFor(service).decode(asked)).toEqual({ operation: "PutRules", input: { Bucket: "my bucket", Owner: "me", Rules: [{ Id: "one", Days: 3 }] } });
    expect(codecFor(service).decode({ ...asked, query: {} })?.operation).toBe("Put");
    expect(codecFor(service).decode({ ...asked, method: "PATCH" })).toBeUndefined();
  });

  test("frames outputs and errors as S3 does", () => {
    const answered = codecFor(service).encode("PutRules", { ETag: '"1"', Rules: [{ Id: "one", Days: 3 }] }, "req-2");
    expect(answered.headers).toMatchObject({ etag: '"1"', "x-amz-request-id": "req-2" });
    expect(text(answered.body)).toBe('<Result xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rules><Rule><Id>one</Id><Days>3</Days></Rule></Rules></Result>');
    const refused = codecFor(service).error(new AwsError("AccessDenied", "Access <Denied>", 403), "req-3");
    expect(text(refused.body)).toBe("<Error><Code>AccessDenied</Code><Message>Access &lt;Denied&gt;</Message><RequestId>req-3</RequestId></Error>");
    expect(refused.status).toBe(403);
  });
});

describe("JSON", () => {
  test("refuses a body that is not JSON", () => {
    const service = accountWith({}).services.get("ssm");
    const broken = request({ headers: { "x-amz-target": "AmazonSSM.GetParameter" }, body: bytes("{") });
    expect(() => service && codecFor(service).decode(broken)).toThrow(AwsError);
  });
});

/** A SigV4 presigned request by the book: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html */
function presigned(secret: string, extra: Record<string, string> = {}, expires = 60): WireRequest {
  const scope = "20260105/us-east-1/sts/aws4_request";
  const headers = { host: "sts.us-east-1.amazonaws.com", ...extra };
  const names = Object.keys(headers).sort();
  const query: Record<string, string> = {
    Action: "GetCallerIdentity",
    Version: "2011-06-15",
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${operator.accessKeyId}/${scope}`,
    "X-Amz-Date": "20260105T090000Z",
    "X-Amz-Expires": String(expires),
    "X-Amz-SignedHeaders": names.join(";"),
  };
  const pairs = Object.entries(query)
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .sort()
    .join("&");
  const hash = (data: string) => createHash("sha256").update(data).digest("hex");
  const canonical = ["GET", "/", pairs, ...names.map((name) => `${name}:${headers[name as "host"]}`), "", names.join(";"), hash("")].join("\n");
  const hmac = (key: string | Buffer, data: string) => createHmac("sha256", key).update(data).digest();
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${secret}`);
  const signature = hmac(key, ["AWS4-HMAC-SHA256", "20260105T090000Z", scope, hash(canonical)].join("\n")).toString("hex");
  return request({ method: "GET", hostname: headers.host, headers, query: { ...query, "X-Amz-Signature": signature } });
}

describe("presigned GetCallerIdentity", () => {
  const account = () =>
    accountWith({ sts: { GetCallerIdentity: { run: (_input, call) => ({ Account: "123456789012", Arn: call.principal.arn, UserId: "AIDA" }) } } });
  const told = async (asked: WireRequest) => {
    const { status, body } = await drive(() => answer(account(), asked));
    return { status, body: text(body) };
  };

  test("says who signed it", async () => {
    const { status, body } = await told(presigned(operator.secretAccessKey));
    expect(status).toBe(200);
    expect(body).toContain(`<Arn>${operator.arn}</Arn>`);
  });

  test("fails when a signed header is changed", async () => {
    const asked = presigned(operator.secretAccessKey, { "x-steward-plan": "abc" });
    expect((await told(asked)).status).toBe(200);
    const { status, body } = await told({ ...asked, headers: { ...asked.headers, "x-steward-plan": "abd" } });
    expect(status).toBe(403);
    expect(body).toContain("<Code>SignatureDoesNotMatch</Code>");
  });

  test("fails for another secret, and past its time", async () => {
    expect((await told(presigned("guessed"))).status).toBe(403);
    const late = presigned(operator.secretAccessKey, {}, 0);
    await drive(() => new Promise((resolve) => setTimeout(resolve, 1000)));
    expect((await told(late)).body).toContain("Signature expired");
    const endless = presigned(operator.secretAccessKey, {}, Number.NaN);
    expect((await told(endless)).body).toContain("Signature expired");
  });

  test("fails without a signature", async () => {
    const { status, body } = await told(request({ method: "GET", hostname: "sts.us-east-1.amazonaws.com", query: { Action: "GetCallerIdentity" } }));
    expect(status).toBe(403);
    expect(body).toContain("MissingAuthenticationToken");
    expect(signatureOf(request({}))).toBeUndefined();
  });

  test("agrees with itself only for the very same request", () => {
    const asked = presigned("s");
    const signature = signatureOf(asked);
    expect(signature && isSignedWith("s", asked, signature)).toBe(true);
    expect(signature && isSignedWith("s", { ...asked, path: "/other" }, signature)).toBe(false);
  });
});
