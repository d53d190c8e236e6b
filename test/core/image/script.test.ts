import { execFileSync } from "node:child_process";
import type { Phases } from "@steward/core/image/component";
import { languages } from "@steward/core/image/languages";
import { packageManager } from "@steward/core/image/package-manager";
import { file, quoted, sh } from "@steward/core/image/script";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { haTopology, singleTopology } from "../../settings.ts";
import { scriptsOf } from "./scripts.ts";

const bash = (script: string) => execFileSync("bash", ["--norc", "-c", script]).toString();
const parses = (script: string) => execFileSync("bash", ["-n"], { input: script });
const scripts = ({ build, validate, test: tests }: Phases) =>
  [...build, ...validate, ...tests].flatMap((step) => (step.action === "ExecuteBash" ? step.inputs.commands : []));

/** Whatever somebody might write where a version is wanted, shell and quotes included; AWSTOE's own braces are refused elsewhere. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom("'", '"', "$(touch /tmp/x)", "`id`", ";", "\n", "\\", " ", "*", "-", "!", "&&", "#"),
      fc.string({ unit: "grapheme", maxLength: 6 }),
    ),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(""))
  .filter((text) => !/\{\{|\0/.test(text));

describe("a value in a script", () => {
  test("is one word to bash, whatever is in it", () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 5 }), (values) => {
        expect(bash(`printf '%s\\0' ${values.map(quoted).join(" ")}`)).toBe(values.map((value) => `${value}\0`).join(""));
      }),
      { numRuns: 50 },
    );
  });

  test("of the settings stands only quoted, in scripts that stay whole", () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const all = [...scripts(packageManager({ version: value })), ...scripts(languages({ rVersions: [value], pythonVersions: [value], ubuntu: "22.04" }))];
        for (const script of all) {
          parses(script);
          if (value.length > 3) expect(script.replaceAll(/'(?:[^']|'\\'')*'/g, "")).not.toContain(value);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("that AWSTOE would replace is refused", () => {
    expect(() => quoted("{{ build.Step.outputs.stdout }}")).toThrow("cannot stand in a component");
  });
});

test("a piece loses the margin of its first line, keeps its backslashes and takes lists as several words", () => {
  expect(sh`
      printf '%s\n' ${["a b", "c"]}
        deeper ${1}`).toBe("printf '%s\\n' 'a b' 'c'\n  deeper '1'");
});

test("a file is written whole, with its mode", () => {
  const content = 'it\'s $HOME\n\\n `x` "y"\n';
  const script = `cd "$(mktemp -d)"\n${file("a dir/name", content, "0755")}\nstat --format=%a 'a dir/name'\ncat 'a dir/name'\nrm -r "$PWD"`;
  expect(bash(script)).toBe(`755\n${content}`);
});

test.each([haTopology(), haTopology("demo", { nodes: { ubuntu: "24.04" } }), singleTopology()])("every script of $kind is bash", (topology) => {
  expect(scriptsOf(topology).length).toBeGreaterThan(20);
  for (const { text } of scriptsOf(topology)) parses(text);
});
