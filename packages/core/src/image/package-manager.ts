import { ACCOUNT } from "../desired/places.ts";
import type { Phases } from "./component.ts";
import { bash, look, sh } from "./script.ts";

/** Says "no" to every service that a package wants to start. Source: Debian policy, "Interfacing with init systems". */
const nothingStarts = sh`
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
  chmod 0755 /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT`;

/**
 * Package Manager by its vendor's repository. The package enables and starts its unit, and Package Manager invents a key at its first
 * start, so the unit is masked before and stays so: the node's own program unmasks it. No licence state may be made here, or
 * every node would share one. Source: Posit's images of Package Manager, `install_package_manager.sh`.
 */
export const packageManager = ({ version }: { version: string }): Phases => ({
  build: [
    bash("MakeAccount", [
      sh`
        getent group ${ACCOUNT.name} > /dev/null || groupadd --system --gid ${ACCOUNT.id} ${ACCOUNT.name}
        getent passwd ${ACCOUNT.name} > /dev/null || useradd --system --uid ${ACCOUNT.id} --gid ${ACCOUNT.id} \
          --home-dir ${ACCOUNT.home} --no-create-home --shell /usr/sbin/nologin ${ACCOUNT.name}`,
    ]),
    bash("MaskUnit", ["systemctl mask rstudio-pm.service"]),
    bash(
      "AddRepository",
      ["curl -1fsSL --retry 3 --output /var/tmp/posit-setup.sh https://dl.posit.co/public/pro/setup.deb.sh", "bash /var/tmp/posit-setup.sh"],
      {
        attempts: 3,
      },
    ),
    bash("Install", [
      nothingStarts,
      sh`
        export DEBIAN_FRONTEND=noninteractive RSTUDIO_INSTALL_NO_LICENSE_INITIALIZATION=1
        apt-get install -y ${`rstudio-pm=${version}`}
        apt-mark hold rstudio-pm
        rm -f /etc/systemd/system/*.wants/rstudio-pm.service
        systemctl daemon-reload
        systemctl mask rstudio-pm.service`,
    ]),
  ],
  validate: [look("InstalledHeldMasked", [asAsked(version)])],
  test: [look("InstalledHeldMasked", [asAsked(version)])],
});

const asAsked = (version: string): string => sh`
  [ "$(dpkg-query -W rstudio-pm | cut -f 2)" = ${version} ] || refuse "another version is installed than was asked for"
  apt-mark showhold | grep -x rstudio-pm > /dev/null || refuse "the version is not held"
  [ "$(systemctl is-enabled rstudio-pm.service || true)" = masked ] || refuse "the unit is not masked"
  unit=$(cat /usr/lib/systemd/system/rstudio-pm.service 2> /dev/null || cat /lib/systemd/system/rstudio-pm.service 2> /dev/null) \
    || refuse "the package brings no unit"
  grep -x ${`User=${ACCOUNT.name}`} <<< "$unit" > /dev/null || refuse "the unit runs under another account"
  if compgen -G '/etc/systemd/system/*.wants/rstudio-pm.service' > /dev/null; then refuse "the unit is enabled behind its mask"; fi
  if pgrep --exact rstudio-pm > /dev/null; then refuse "Package Manager runs"; fi
  [ "$(id -u ${ACCOUNT.name}):$(id -g ${ACCOUNT.name})" = ${`${ACCOUNT.id}:${ACCOUNT.id}`} ] || refuse "the account has other numbers"`;
