import type { Phases } from "./component.ts";
import { bash, look, sh } from "./script.ts";

interface Languages {
  rVersions: readonly string[];
  pythonVersions: readonly string[];
  ubuntu: string;
}

/** Posit's own builds, which live side by side. Source: README of rstudio/r-builds; Posit documentation, "Install Python from Posit's binaries". */
const debian = (language: "r" | "python", version: string, ubuntu: string): string =>
  `https://cdn.posit.co/${language}/ubuntu-${ubuntu.replace(".", "")}/pkgs/${language}-${version}_1_amd64.deb`;

/** R and Python for the Git builders, at the same paths on every node: an explicit path in the configuration switches off their detection. */
export const languages = ({ rVersions, pythonVersions, ubuntu }: Languages): Phases => ({
  build: [
    bash(
      "InstallR",
      rVersions.map((version) => installed(debian("r", version, ubuntu))),
      { attempts: 3 },
    ),
    bash("InstallPython", [...pythonVersions.map((version) => installed(debian("python", version, ubuntu))), ...pythonVersions.map(builders)], { attempts: 3 }),
  ],
  validate: [look("Languages", [...rVersions.map(hasR), ...pythonVersions.map(hasPython)])],
  test: [look("Languages", [...rVersions.map(hasR), ...pythonVersions.map(hasPython)])],
});

const installed = (url: string): string => sh`
  curl -fsSL --retry 3 --output /var/tmp/language.deb ${url}
  DEBIAN_FRONTEND=noninteractive apt-get install -y /var/tmp/language.deb
  rm -f /var/tmp/language.deb`;

const python = (version: string): string => `/opt/python/${version}/bin/python`;

/** What Package Manager wants of an interpreter. Source: Posit's images of Package Manager. */
const builders = (version: string): string => sh`${python(version)} -m pip install --no-cache-dir --disable-pip-version-check build virtualenv`;

const hasR = (version: string): string =>
  sh`[ "$(${`/opt/R/${version}/bin/Rscript`} --vanilla -e 'cat(as.character(getRversion()))')" = ${version} ] || refuse ${`R ${version} is missing`}`;

const hasPython = (version: string): string => sh`
  [ "$(${python(version)} -c 'import platform; print(platform.python_version())')" = ${version} ] || refuse ${`Python ${version} is missing`}
  ${python(version)} -c 'import build, virtualenv' || refuse ${`Python ${version} cannot build packages`}`;
