import { ACCOUNT } from "../desired/places.ts";
import { CONFIG_PATHS } from "../desired/render.ts";
import { NODE_SETTINGS_PATH } from "../fleet/node-settings.ts";
import type { TopologyKind } from "../topology/topology.ts";
import type { Phases } from "./component.ts";
import { bash, file, look, sh } from "./script.ts";
import { BOOT_UNIT, dataDirectory, serviceDropIn, WRAPPER } from "./units.ts";

/** The runtime of the node's own program. The checksum was read in two public copies of `SHASUMS256.txt`; a wrong one fails the build. */
const NODE = { version: "24.21.0", sha256: "fd8e59d5a511510f6a298afb548f18c7d2b1be404d8b4a27d94fbe49f56cb2d6" } as const;

/** Checksum of the program, which only a deploy knows: it has built it. */
export const PROGRAM = "{program}";

interface Program {
  topology: TopologyKind;
  account: string;
  /** Where the deploy has put the program; its name holds its checksum. */
  source: string;
}

/** The program of the node with a Node of its own, and the units by which it alone starts Package Manager. */
export const stewardNode = ({ topology, account, source }: Program): Phases => ({
  build: [
    bash("InstallNode", [installNode], { attempts: 3 }),
    {
      name: "FetchProgram",
      action: "S3Download",
      timeoutSeconds: 300,
      onFailure: "Abort",
      maxAttempts: 3,
      inputs: [{ source, destination: "/var/tmp/steward-node.mjs", expectedBucketOwner: account }],
    },
    bash("InstallTools", [tools(topology), ...(topology === "ha" ? [databaseAuthorities] : [])], { attempts: 3 }),
    bash("InstallProgram", [
      sh`
        printf '%s  %s\n' ${PROGRAM} /var/tmp/steward-node.mjs | sha256sum --check --strict -
        install -D -m 0644 /var/tmp/steward-node.mjs /opt/steward/lib/steward-node.mjs
        rm -f /var/tmp/steward-node.mjs`,
      file("/opt/steward/bin/steward-node", WRAPPER, "0755"),
      file("/etc/systemd/system/steward-boot.service", BOOT_UNIT),
      file("/etc/systemd/system/rstudio-pm.service.d/steward.conf", serviceDropIn(topology)),
      file("/etc/tmpfiles.d/steward.conf", dataDirectory),
      "systemctl daemon-reload",
      "systemctl enable steward-boot.service",
    ]),
  ],
  validate: [look("Program", [answers, hasTools(topology)])],
  test: [look("Program", [answers, hasTools(topology), waits])],
});

/** What the program calls beside Ubuntu's own tools: the database's client in a pair, SQLite's in a single server. */
const CLIENTS = { ha: { debian: "postgresql-client", command: "psql" }, single: { debian: "sqlite3", command: "sqlite3" } } as const;

const tools = (topology: TopologyKind): string => sh`
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${CLIENTS[topology].debian}`;

/** Source: RDS user guide, "Using SSL/TLS to encrypt a connection to a DB instance", section "Certificate bundles for all AWS Regions". */
const databaseAuthorities = sh`
  curl -fsSL --retry 3 --output /var/tmp/authorities.pem https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem
  openssl x509 -in /var/tmp/authorities.pem -noout
  install -D -m 0644 /var/tmp/authorities.pem ${CONFIG_PATHS.databaseAuthorities}
  rm -f /var/tmp/authorities.pem`;

const hasTools = (topology: TopologyKind): string =>
  topology === "ha"
    ? sh`
        psql --version > /dev/null || refuse "there is no client of the database"
        openssl x509 -in ${CONFIG_PATHS.databaseAuthorities} -noout || refuse "nobody vouches for the database's certificate"`
    : sh`sqlite3 --version > /dev/null || refuse "there is no client of SQLite"`;

const installNode = sh`
  curl -fsSL --retry 3 --output /var/tmp/node.tar.xz ${`https://nodejs.org/dist/v${NODE.version}/node-v${NODE.version}-linux-x64.tar.xz`}
  printf '%s  %s\n' ${NODE.sha256} /var/tmp/node.tar.xz | sha256sum --check --strict -
  install -d -m 0755 /opt/steward/node
  tar --extract --xz --file=/var/tmp/node.tar.xz --directory=/opt/steward/node --strip-components=1 --no-same-owner \
    ${`node-v${NODE.version}-linux-x64/bin/node`}
  rm -f /var/tmp/node.tar.xz`;

/** Without a verb the program says how it is called, and ends with 2. */
const answers = sh`
  [ "$(/opt/steward/node/bin/node --version)" = ${`v${NODE.version}`} ] || refuse "another Node is installed"
  status=0
  /opt/steward/bin/steward-node > /dev/null 2>&1 || status=$?
  [ "$status" -eq 2 ] || refuse "steward-node does not run"
  [ "$(systemctl is-enabled steward-boot.service)" = enabled ] || refuse "steward-boot is not enabled"
  [ "$(systemctl show --property=LoadState --value steward-boot.service)" = loaded ] || refuse "systemd does not understand steward-boot"
  grep -q ConditionPathExists /etc/systemd/system/rstudio-pm.service.d/steward.conf || refuse "Package Manager could start without a key"`;

/** An instance that was told nothing does nothing. */
const waits = sh`
  [ ! -e ${NODE_SETTINGS_PATH} ] || refuse "the image knows a deployment"
  if systemctl is-active --quiet steward-boot.service; then refuse "steward-boot runs without settings"; fi
  [ "$(stat --format='%U %a' ${ACCOUNT.home})" = ${`${ACCOUNT.name} 701`} ] || refuse "there is no empty data directory at boot"`;
