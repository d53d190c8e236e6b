import { runVerb } from "@steward/node/dispatch";
import { PATHS } from "@steward/node/paths";
import { describe, expect, test } from "vitest";
import { aHost, changing, envelope, type StubHost } from "./a-host.ts";

let orders = 0;
const converge = (host: StubHost) => runVerb(host, "converge", envelope({ key: `order-${++orders}` }));

describe("the key that the service would get", () => {
  const OTHER = "/etc/systemd/system/rstudio-pm.service.d/zz.conf";

  test.each([
    ["comes from another file", "[Service]\nEnvironmentFile=/etc/default/ppm\n"],
    ["is taken away", "[Service]\nUnsetEnvironment=PACKAGEMANAGER_ENCRYPTION_KEY\n"],
    ["comes by no file at all", "[Service]\nEnvironmentFile=\n"],
  ])("%s by a unit that is not ours: nothing starts, not even later", async (_, unit) => {
    const host = aHost();
    host.put(OTHER, unit);
    host.put("/etc/default/ppm", `PACKAGEMANAGER_ENCRYPTION_KEY="${"ab".repeat(512)}"\n`);
    expect(await converge(host)).toMatchObject({
      exitCode: 1,
      stderr: "steward-node: encryption key: by its units the service would not get the fleet's\n",
    });
    expect(changing(host)).not.toContain("systemctl start rstudio-pm");
    expect(PATHS.environment in host.seen()).toBe(false);
    host.drop(OTHER);
    expect(await converge(host)).toMatchObject({ exitCode: 0 });
  });
});
