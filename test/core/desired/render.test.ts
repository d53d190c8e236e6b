import { parseConfig } from "@steward/core/desired/gcfg";
import { settingNamed } from "@steward/core/desired/known-settings";
import { CONFIG_PATHS, KEY_VARIABLE, type RenderFacts, renderConfig, withDatabase } from "@steward/core/desired/render";
import { readSettings } from "@steward/core/settings/read";
import type { StageSettings } from "@steward/core/settings/schema";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configs, readHa, readSingle } from "../settings/configs.ts";

const database: NonNullable<RenderFacts["database"]> = { port: 5432, name: "rstudio_pm" };
const inService = { host: "demo.abc123.eu-west-1.rds.amazonaws.com", login: "database-login-b" } as const;
const facts = (over: Partial<RenderFacts> = {}): RenderFacts => ({ folder: "/var/lib/rstudio-pm", bucket: "packages", database, ...over });
const alone = facts({ bucket: null, database: null });

function rendered(settings: StageSettings, given: RenderFacts) {
  const config = renderConfig(settings, given);
  if (config.kind === "refused") throw new Error(config.because);
  return config;
}

test("two nodes on S3 and Postgres: verified TLS, a schema of its own for usage data, key and passwords by name, the database left open", () => {
  expect(rendered(readHa({ packageManager: { address: "https://packages.example.com", rVersions: ["4.6.1", "4.5.2"] } }), facts())).toEqual({
    kind: "rendered",
    text: `[Server]
Address = https://packages.example.com
DataDir = /var/lib/rstudio-pm
RVersion = /opt/R/4.6.1
RVersion = /opt/R/4.5.2
PythonVersion = /opt/python/3.14.7/bin/python

[Licensing]
LicenseType = local

[Metrics]
Enabled = true
Listen = 2112

[HTTP]
Listen = :4242

[HTTPS]
Listen =

[Database]
Provider = postgres

[Postgres]
URL = postgres://__database_login__@__database_host__:5432/rstudio_pm?sslmode=verify-full&sslrootcert=%2Fopt%2Fsteward%2Fetc%2Frds-global-bundle.pem&search_path=pm
UsageDataURL = postgres://__database_login__@__database_host__:5432/rstudio_pm?sslmode=verify-full&sslrootcert=%2Fopt%2Fsteward%2Fetc%2Frds-global-bundle.pem&search_path=metrics

[Storage]
Default = s3
Persistent = s3

[S3Storage]
Bucket = packages
Region = eu-west-1
`,
    dropIn: "[Service]\nEnvironmentFile=/run/steward/rstudio-pm.env\n",
    environment: {
      PACKAGEMANAGER_ENCRYPTION_KEY: { secret: "encryption-key", part: "text" },
      PACKAGEMANAGER_POSTGRES_PASSWORD: { secret: "database-login-a", part: "password" },
      PACKAGEMANAGER_POSTGRES_USAGEDATAPASSWORD: { secret: "database-login-a", part: "password" },
    },
    files: {},
  });
});

test("one server with a certificate: 443 to the world, plain HTTP on loopback, SQLite in the data folder", () => {
  expect(
    rendered(readSingle({ packageManager: { license: { kind: "floating", server: "licences.example.com:8989" }, rVersions: [], pythonVersions: [] } }), alone),
  ).toEqual({
    kind: "rendered",
    text: `[Server]
DataDir = /var/lib/rstudio-pm

[Licensing]
LicenseType = remote

[Metrics]
Enabled = true
Listen = 2112

[HTTP]
Listen = 127.0.0.1:4242

[HTTPS]
Listen = :443
Certificate = /run/steward/tls/server.crt
Key = /run/steward/tls/server.key

[Database]
Provider = sqlite

[SQLite]
Dir = /var/lib/rstudio-pm/db
`,
    dropIn: "[Service]\nEnvironmentFile=/run/steward/rstudio-pm.env\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n",
    environment: { PACKAGEMANAGER_ENCRYPTION_KEY: { secret: "encryption-key", part: "text" } },
    files: {
      [CONFIG_PATHS.certificate]: { secret: "certificate", part: "certificate" },
      [CONFIG_PATHS.privateKey]: { secret: "certificate", part: "private-key" },
    },
  });
});

test("one server without a certificate speaks plain HTTP alone", () => {
  const { text, dropIn, files } = rendered(readSingle({ tls: "none", packageManager: { port: 8080 } }), alone);
  expect(text).toContain("[HTTP]\nListen = :8080\n\n[HTTPS]\nListen =\n");
  expect([dropIn, files]).toEqual(["[Service]\nEnvironmentFile=/run/steward/rstudio-pm.env\n", {}]);
});

test("a folder in the bucket is named", () => {
  expect(rendered(readHa({ storage: { prefix: "a/b" } }), facts()).text).toContain("Prefix = a/b\n");
});

describe("the database in service", () => {
  const template = () => rendered(readHa(), facts());

  test("stands in both URLs with the user of the login in service, whose password comes by name", () => {
    const { text, environment } = withDatabase(template(), inService);
    const urls = [...text.matchAll(/URL = (.*)$/gm)].map(([, url]) => new URL(url ?? ""));
    expect(urls.map(({ username, host }) => `${username}@${host}`)).toEqual(Array.from({ length: 2 }, () => `ppm_b@${inService.host}:5432`));
    expect(environment).toEqual({
      [KEY_VARIABLE]: { secret: "encryption-key", part: "text" },
      PACKAGEMANAGER_POSTGRES_PASSWORD: { secret: "database-login-b", part: "password" },
      PACKAGEMANAGER_POSTGRES_USAGEDATAPASSWORD: { secret: "database-login-b", part: "password" },
    });
    expect(text).not.toContain("__");
  });

  test("changes nothing where there is none", () => {
    const config = rendered(readSingle(), alone);
    expect(withDatabase(config, null)).toBe(config);
  });

  test.each(["db@evil/", "db:5432", "a b", ""])("has a host name, not %j", (host) => {
    expect(() => withDatabase(template(), { ...inService, host })).toThrow("no host name");
  });

  test("of an odd name stays inside the URL", () => {
    const { text } = withDatabase(rendered(readHa(), facts({ database: { ...database, name: "a/b?c" } })), inService);
    const url = new URL(/^URL = (.*)$/m.exec(text)?.[1] ?? "");
    expect([url.hostname, url.username, url.pathname, url.searchParams.get("sslmode")]).toEqual([inService.host, "ppm_b", "/a%2Fb%3Fc", "verify-full"]);
  });
});

describe("is refused in words", () => {
  /** Settings refuse these two before anything is rendered. */
  const encrypting = { ...readHa(), storage: { ...readHa().storage, clientSideEncryption: true } };
  const manyPythons = { ...readSingle(), packageManager: { ...readSingle().packageManager, pythonVersions: ["3.14.7", "3.13.1"] } };

  test.each<[string, StageSettings, RenderFacts, string]>([
    ["client-side encryption", encrypting, facts(), "client-side encryption"],
    ["more than one Python", manyPythons, alone, "Server.PythonVersion"],
    ["no bucket", readHa(), facts({ bucket: null }), "bucket is not known"],
    ["no database", readHa(), facts({ database: null }), "database is not known"],
    ["a folder that cannot be written", readSingle(), facts({ folder: "/data\r" }), "Server.DataDir"],
  ])("%s", (_what, settings, given, because) => {
    expect(renderConfig(settings, given)).toEqual({ kind: "refused", because: expect.stringContaining(because) });
  });
});

test("whatever the settings: it reads back, every key is confirmed, no secret is in it, and both nodes get the same", () => {
  let texts = 0;
  fc.assert(
    fc.property(configs, (input) => {
      for (const settings of Object.values(readSettings(input))) {
        const given = settings.topology === "ha" ? facts() : alone;
        const config = renderConfig(settings, given);
        expect(renderConfig(structuredClone(settings), structuredClone(given))).toEqual(config);
        if (config.kind === "refused") throw new Error(config.because);
        texts += 1;
        const reading = parseConfig(config.text);
        const names = reading.kind === "config" ? reading.config.sections.flatMap(({ name, entries }) => entries.map(({ key }) => `${name}.${key}`)) : [];
        expect(names.length).toBeGreaterThan(5);
        expect(names.filter((name) => settingNamed(...(name.split(".") as [string, string])) !== name)).toEqual([]);
        expect(config.text).not.toMatch(/password|secret|:\/\/[^/]*:[^/]*@/i);
        expect(Object.keys(config.environment)[0]).toBe(KEY_VARIABLE);
        expect(config.dropIn).toContain(`EnvironmentFile=${CONFIG_PATHS.environment}\n`);
      }
    }),
  );
  expect(texts).toBeGreaterThan(100);
});
