import { type UnitFile, variablesOf } from "@steward/core/desired/unit-environment";
import { expect, test } from "vitest";

const unit = (name: string, text: string): UnitFile => ({ name, kind: "unit", text });
const file = (name: string, text: string): UnitFile => ({ name, kind: "environment-file", text });

test("finds the names that a unit and its drop-ins set, each with its last writer", () => {
  const files = [
    unit("rstudio-pm.service", "[Unit]\nEnvironment=PACKAGEMANAGER_NOT_ONE=1\n[Service]\nEnvironment=PACKAGEMANAGER_POSTGRES_URL=a LANG=C\n"),
    unit(
      "10-aws.conf",
      "[Service]\n# Environment=PACKAGEMANAGER_NOT_ONE=1\n\nEnvironment=\"PACKAGEMANAGER_POSTGRES_URL=a b\" 'PACKAGEMANAGER_GIT_POLLINTERVAL=1 m'\n",
    ),
  ];
  expect(variablesOf(files)).toEqual([
    { name: "PACKAGEMANAGER_POSTGRES_URL", where: "10-aws.conf:4" },
    { name: "PACKAGEMANAGER_GIT_POLLINTERVAL", where: "10-aws.conf:4" },
  ]);
});

test("a blank assignment forgets what came before, and what is unset is not there", () => {
  const text =
    "[Service]\nEnvironment=PACKAGEMANAGER_A_B=1\nEnvironment=\nEnvironment=PACKAGEMANAGER_C_D=1 PACKAGEMANAGER_E_F=1\nUnsetEnvironment=PACKAGEMANAGER_C_D PACKAGEMANAGER_E_F=2\nUser=x\n";
  expect(variablesOf([unit("u", text)])).toEqual([{ name: "PACKAGEMANAGER_E_F", where: "u:4" }]);
});

test("lines are joined by a backslash, over comments", () => {
  const text = "[Service]\nEnvironment=LANG=C \\\n; not me\n  PACKAGEMANAGER_A_B=1 \\\n  PACKAGEMANAGER_C_D=1\nEnvironment=PACKAGEMANAGER_E_F=1\n";
  expect(variablesOf([unit("u", text)]).map(({ name, where }) => `${name} ${where}`)).toEqual([
    "PACKAGEMANAGER_A_B u:2",
    "PACKAGEMANAGER_C_D u:2",
    "PACKAGEMANAGER_E_F u:6",
  ]);
});

test("a file of variables beats the unit, wherever it is listed", () => {
  const files = [file("ppm.env", "# c\nPACKAGEMANAGER_POSTGRES_PASSWORD=canary\n"), unit("u", "[Service]\nEnvironment=PACKAGEMANAGER_POSTGRES_PASSWORD=x\n")];
  expect(variablesOf(files)).toEqual([{ name: "PACKAGEMANAGER_POSTGRES_PASSWORD", where: "ppm.env:2" }]);
});

test("nothing of a value is taken for a name", () => {
  const files = [
    unit("u", '[Service]\nEnvironment="PACKAGEMANAGER_A_B=canary PACKAGEMANAGER canary=" canary\n'),
    file("e", 'X="\ncanary=1\nPACKAGEMANAGER_\n"\n'),
  ];
  expect(JSON.stringify(variablesOf(files))).not.toContain("canary");
});
