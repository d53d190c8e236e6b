import { writeEnvironment } from "@steward/node/environment-file";
import { DataDisks } from "@steward/simulator/fleet/data-disk";
import { FileSystem } from "@steward/simulator/fleet/file-system";
import { environmentOf, isMet, reachOf, readDefinition } from "@steward/simulator/fleet/unit-files";
import { expect, test } from "vitest";

const ROOTS = { owner: "root", mode: 0o644 };

function aMachine(dropIns: Record<string, string>, others: Record<string, string> = {}): FileSystem {
  const files = new FileSystem(new DataDisks());
  for (const [name, text] of Object.entries(dropIns)) files.write(`/etc/systemd/system/rstudio-pm.service.d/${name}`, text, ROOTS);
  for (const [path, text] of Object.entries(others)) files.write(path, text, ROOTS);
  return files;
}

test("drop-ins count in the order of their names, and only those that end as systemd wants", () => {
  const files = aMachine({
    "b.conf": "[Service]\nEnvironment=A=2\n",
    "a.conf": '[Service]\nEnvironment="A=1"\nEnvironment=B=1\n',
    "c.txt": "Environment=A=3\n",
  });
  expect(environmentOf(readDefinition(files, "rstudio-pm"), files)).toEqual(
    new Map([
      ["A", "2"],
      ["B", "1"],
    ]),
  );
});

test("what the node writes into an environment file comes back to the letter", () => {
  const values = { PLAIN: "a-b_c", QUOTES: `"'\\$\`x`, LINES: "one\ntwo\nA=three", EMPTY: "" };
  const files = aMachine({ "a.conf": "[Service]\nEnvironmentFile=/run/env\n" }, { "/run/env": writeEnvironment(Object.entries(values)) });
  expect(environmentOf(readDefinition(files, "rstudio-pm"), files)).toEqual(new Map(Object.entries(values)));
});

test("a missing environment file is an error, unless it may be missing", () => {
  const [strict, lax] = ["/run/env", "-/run/env"].map((path) => aMachine({ "a.conf": `[Service]\nEnvironmentFile=${path}\n` }));
  expect(strict && environmentOf(readDefinition(strict, "rstudio-pm"), strict)).toBeUndefined();
  expect(lax && environmentOf(readDefinition(lax, "rstudio-pm"), lax)).toEqual(new Map());
});

test("conditions hold while their paths are there, and mounted where that is asked", () => {
  const files = aMachine({ "a.conf": "[Unit]\nConditionPathExists=/etc/mark\nConditionPathIsMountPoint=/data\n" }, { "/data/file": "" });
  const met = () => isMet(readDefinition(files, "rstudio-pm"), files);
  files.seeVolumes(["vol-0123456789abcdef0"]);
  Object.assign(files.device("/dev/nvme1n1")?.disk ?? {}, { type: "ext4" });
  files.mount("/dev/nvme1n1", "/data");
  expect(met()).toBe(false);
  files.write("/etc/mark", "", ROOTS);
  expect(met()).toBe(true);
  files.mounts.clear();
  expect(met()).toBe(false);
});

test.each([
  ["IPAddressDeny=169.254.169.254/32\n", "all"],
  ["IPAddressDeny=any\n", "none"],
  ["IPAddressDeny=any\nIPAddressAllow=10.0.0.1 localhost\n", "itself"],
  ["IPAddressAllow=any\nIPAddressDeny=any\n", "all"],
])("a unit with %j reaches %s", (lines, reach) => {
  const files = aMachine({ "a.conf": `[Service]\n${lines}` });
  expect(reachOf(readDefinition(files, "rstudio-pm"))).toBe(reach);
});
