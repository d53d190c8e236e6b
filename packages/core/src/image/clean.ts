import { ACCOUNT } from "../desired/places.ts";
import { NODE_SETTINGS_PATH } from "../fleet/node-settings.ts";
import type { Phases } from "./component.ts";
import { bash, look, sh } from "./script.ts";

/** Where licences and keys could lie. */
const PLACES = ["/etc", "/home", "/opt/rstudio-pm", "/opt/steward", "/root", "/srv", "/var"];

const nothingOfPackageManager = sh`
  [ -z "$(find ${PLACES} -xdev -name '*.lic' -print -quit)" ] || refuse "there is a licence in the image"
  [ -z "$(find ${PLACES} -xdev -name 'rstudio-pm.key' -print -quit)" ] || refuse "there is a key in the image"
  [ ! -e /etc/rstudio-pm/rstudio-pm.gcfg ] || refuse "there is a configuration in the image"
  [ ! -e ${NODE_SETTINGS_PATH} ] || refuse "the image knows a deployment"`;

const nothingOfThisMachine = sh`
  [ ! -e ${ACCOUNT.home} ] || refuse "there is a data directory in the image"
  if compgen -G '/etc/ssh/ssh_host_*' > /dev/null; then refuse "there are host keys in the image"; fi
  [ ! -s /etc/machine-id ] || refuse "the image has a machine id"
  [ ! -d /var/lib/cloud/instances ] || refuse "cloud-init remembers this instance"`;

/**
 * Takes away what must be each node's own, last of all builds: licence, key, configuration, host name and host keys, machine id, logs, the
 * memory of cloud-init. Image Builder cleans up after it too, but does not know Package Manager.
 */
export const clean: Phases = {
  build: [
    bash("Clean", [
      sh`
        find ${PLACES} -xdev -type f '(' -name '*.lic' -o -name 'rstudio-pm.key' ')' -delete
        rm -rf ${ACCOUNT.home} /home/rstudio-pm /root/.rstudio-pm ${NODE_SETTINGS_PATH} /etc/rstudio-pm/rstudio-pm.gcfg
        rm -f /etc/ssh/ssh_host_* /root/.ssh/authorized_keys /home/ubuntu/.ssh/authorized_keys /root/.bash_history /home/ubuntu/.bash_history
        apt-get clean
        rm -rf /var/lib/apt/lists/* /var/tmp/posit-setup.sh
        cloud-init clean --logs
        printf 'localhost\n' > /etc/hostname
        journalctl --rotate
        journalctl --vacuum-time=1s
        find /var/log -xdev -type f '(' -name '*.gz' -o -name '*.1' ')' -delete
        find /var/log -xdev -type f -not -path '/var/log/amazon/*' -exec truncate --size=0 '{}' +
        truncate --size=0 /etc/machine-id
        rm -f /var/lib/dbus/machine-id
        sync`,
    ]),
  ],
  validate: [look("NothingInside", [nothingOfPackageManager, nothingOfThisMachine])],
  test: [
    look("NothingInside", [nothingOfPackageManager, sh`[ -z "$(find ${ACCOUNT.home} -mindepth 1 -print -quit)" ] || refuse "the data directory is not empty"`]),
  ],
};
