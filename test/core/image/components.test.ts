import { readFileSync } from "node:fs";
import { ComponentDocument, MOST_DATA } from "@steward/core/image/component";
import { COMPONENT_IDS, type ComponentId } from "@steward/core/image/components";
import { PROGRAM } from "@steward/core/image/steward-node";
import { WRAPPER } from "@steward/core/image/units";
import { contentVersion } from "@steward/core/image/version";
import { placeholders } from "@steward/core/topology/placeholders";
import { describe, expect, test } from "vitest";
import { haTopology, singleTopology } from "../../settings.ts";
import { documentOf, scriptsOf } from "./scripts.ts";

const noble = haTopology("demo", { nodes: { ubuntu: "24.04" } });
const both = [haTopology(), singleTopology(), noble];
const script = (id: ComponentId, phase: string, topology = haTopology()) =>
  scriptsOf(topology)
    .filter((one) => one.component === id && one.phase === phase)
    .map(({ text }) => text)
    .join("\n");

describe.each(both)("a component of $kind", (topology) => {
  const { components } = topology.image;

  test("is a document that AWSTOE takes, within its size", () => {
    for (const { name, data } of components) {
      expect(ComponentDocument.parse(JSON.parse(data)).name).toBe(name);
      expect(data.length).toBeLessThanOrEqual(MOST_DATA);
    }
  });

  test("looks at what it has built, on the instance that becomes the image or on one made from it", () => {
    for (const { id, data } of components) expect([id, documentOf(data).phases.map(({ name }) => name)]).toEqual([id, expect.arrayContaining(["test"])]);
  });

  test("stands in one order: clean is the last to build, the trial the last to test", () => {
    expect(components.map(({ id }) => id)).toEqual(COMPONENT_IDS);
    const building = components.filter(({ data }) => documentOf(data).phases.some(({ name }) => name === "build"));
    expect(building.at(-1)?.id).toBe("clean");
    expect(components.at(-1)?.id).toBe("trial");
  });

  test("leaves a deploy nothing to fill but the program's checksum, and AWSTOE nothing to replace", () => {
    for (const { id, data } of components) {
      expect([id, placeholders(data)]).toEqual([id, id === "steward-node" ? [PROGRAM.slice(1, -1)] : []]);
      expect(data).not.toContain("{{");
    }
  });

  test("stops at its first failing command and says why when it refuses", () => {
    for (const { text, phase } of scriptsOf(topology)) {
      expect(text).toMatch(/^set -euo pipefail\n/);
      if (phase !== "build") expect(text).toMatch(/^refuse\(\) /m);
    }
  });
});

describe("the package", () => {
  test("is installed at its version while its unit is masked, no licence state is made and nothing may start, and then held", () => {
    const build = script("package-manager", "build");
    const inOrder = [
      "systemctl mask",
      "policy-rc.d",
      "RSTUDIO_INSTALL_NO_LICENSE_INITIALIZATION=1",
      "apt-get install -y 'rstudio-pm=2026.08.0'",
      "apt-mark hold",
    ];
    const places = inOrder.map((words) => build.indexOf(words));
    expect(places).toEqual([...places].sort((one, other) => one - other));
    expect(places).not.toContain(-1);
  });

  test("finds an account of fixed numbers", () => {
    const build = script("package-manager", "build");
    expect(build.indexOf("useradd")).toBeLessThan(build.indexOf("apt-get install"));
    expect(build).toContain("--uid '850' --gid '850'");
  });

  test.each(["validate", "test"])("is looked at in the phase %s: version, hold, mask, account", (phase) => {
    for (const words of ["'2026.08.0'", "showhold", "= masked", "'850:850'"]) expect(script("package-manager", phase)).toContain(words);
  });
});

describe("languages", () => {
  test("are the settings', at the paths that Package Manager is told", () => {
    const topology = haTopology("demo", { packageManager: { rVersions: ["4.5.1", "4.6.1"], pythonVersions: [] }, nodes: { ubuntu: "24.04" } });
    const build = script("languages", "build", topology);
    for (const version of ["4.5.1", "4.6.1"]) expect(build).toContain(`'https://cdn.posit.co/r/ubuntu-2404/pkgs/r-${version}_1_amd64.deb'`);
    expect(build).not.toContain("python");
    expect(script("languages", "test", topology)).toContain("'/opt/R/4.5.1/bin/Rscript'");
    expect(script("languages", "test")).toContain("import build, virtualenv");
  });
});

describe("the node's program", () => {
  const fetched = (topology = haTopology()) =>
    topology.image.components
      .flatMap(({ data }) => documentOf(data).phases)
      .flatMap(({ steps }) => steps.flatMap((step) => (step.action === "S3Download" ? step.inputs : [])));

  test("comes from the stage's own bucket of this account alone, and is installed only with its checksum", () => {
    expect(fetched()).toEqual([
      {
        source: "s3://steward-123456789012-demo-state/image/steward-node/{program}.mjs",
        destination: "/var/tmp/steward-node.mjs",
        expectedBucketOwner: "123456789012",
      },
    ]);
    const build = script("steward-node", "build");
    const checked = build.indexOf("sha256sum --check --strict", build.indexOf("'{program}'"));
    expect(checked).toBeLessThan(build.indexOf("install -D -m 0644 /var/tmp/steward-node.mjs"));
  });

  test("is called by the wrapper of its package", () => {
    expect(WRAPPER).toBe(readFileSync(new URL("../../../packages/node/bin/steward-node", import.meta.url), "utf8"));
  });

  test("boots without a limit to its own start, and nothing but itself starts Package Manager", () => {
    const build = script("steward-node", "build");
    for (const line of ["TimeoutStartSec=infinity", "systemctl enable steward-boot.service"]) expect(build).toContain(line);
    const starts = scriptsOf(haTopology()).filter(({ text }) => /systemctl (start|enable|unmask)[^\n]*rstudio-pm/.test(text));
    expect(starts.map(({ step }) => step)).toEqual([]);
  });

  test("keeps Package Manager from starting without its key, and on a server without its volume", () => {
    const conditions = [
      "RequiresMountsFor=/var/lib/rstudio-pm",
      "ConditionPathExists=/etc/rstudio-pm/rstudio-pm.gcfg",
      "ConditionPathExists=/run/steward/rstudio-pm.env",
    ];
    for (const topology of both) for (const line of conditions) expect(script("steward-node", "build", topology)).toContain(line);
    for (const line of ["ConditionPathIsMountPoint=/var/lib/rstudio-pm", "ConditionPathExists=/var/lib/rstudio-pm/.steward-volume"]) {
      expect(script("steward-node", "build", singleTopology())).toContain(line);
      expect(script("steward-node", "build")).not.toContain(line);
    }
  });
});

test("bounds what Package Manager may do: no cores, first to go where memory runs out, and on a server no way to the role's credentials", () => {
  for (const topology of both)
    for (const line of ["LimitCORE=0", "OOMPolicy=continue", "OOMScoreAdjust=500", "Restart=on-failure", "RestartSec=5"])
      expect(script("steward-node", "build", topology)).toContain(`\n${line}\n`);
  expect(script("steward-node", "build", singleTopology())).toContain("\nIPAddressDeny=169.254.169.254/32\n");
  expect(script("steward-node", "build")).not.toContain("IPAddressDeny");
});

test("the agents change with the image alone", () => {
  expect(script("agents", "build")).toContain("snap refresh --hold amazon-ssm-agent");
});

test("what must be each node's own is taken away and looked for", () => {
  const [build, validate, tested] = ["build", "validate", "test"].map((phase) => script("clean", phase)) as [string, string, string];
  for (const words of ["*.lic", "rstudio-pm.key", "/etc/rstudio-pm/rstudio-pm.gcfg", "node.json"])
    for (const text of [build, validate, tested]) expect(text).toContain(words);
  for (const words of ["ssh_host_", "machine-id", "/var/lib/rstudio-pm"]) for (const text of [build, validate]) expect(text).toContain(words);
  for (const words of ["/etc/hostname", "cloud-init clean", "journalctl", "/var/log"]) expect(build).toContain(words);
});

test("the sandbox is proven as the service's own account, on 24.04 under a profile of its own", () => {
  expect(script("sandbox", "test")).toContain("runuser -u 'rstudio-pm' -- 'env' unshare --user");
  expect(script("sandbox", "build")).not.toContain("apparmor");
  expect(script("sandbox", "test", noble)).toContain("'aa-exec' '--profile=rstudio-pm' '--' unshare --user");
  expect(script("sandbox", "build", noble)).toContain("userns,");
});

test("the trial throws its key and configuration away", () => {
  const trial = script("trial", "test");
  expect(trial).toContain("/__ping__");
  expect(trial).toMatch(/trap finish EXIT/);
  expect(trial).toMatch(/rm -rf "\$trial"/);
});

test("a version follows from the content and stays within its limit", () => {
  expect(contentVersion("a")).toBe(contentVersion("a"));
  expect(contentVersion("a")).not.toBe(contentVersion("b"));
  for (const content of Array.from({ length: 200 }, (_, index) => `${index}`)) {
    const [, , patch] = contentVersion(content).split(".").map(Number);
    expect(patch).toBeLessThan(2 ** 30);
  }
});
