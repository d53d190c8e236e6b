import { ACCOUNT } from "../desired/places.ts";
import type { Phases } from "./component.ts";
import { look, sh } from "./script.ts";

/**
 * Starts Package Manager once on the test instance, with a configuration, a database and a key that are thrown away, until
 * `/__ping__` answers. It stands after every other test, because it leaves licence state on that instance, which is
 * thrown away too: without any, Package Manager may not start. Whether it starts at all without a bought licence is not confirmed.
 */
export const trial: Phases = {
  build: [],
  validate: [],
  test: [
    look(
      "AnswersPing",
      [
        sh`
          trial=$(mktemp --directory /var/tmp/steward-trial.XXXXXX)
          finish() { systemctl stop steward-trial.service 2> /dev/null || true; rm -rf "$trial"; }
          trap finish EXIT
          umask 077
          mkdir "$trial/data"
          openssl rand -hex 512 | tr -d '\n' > "$trial/throw-away.key"
          printf '%s\n' '[Server]' "DataDir = $trial/data" "EncryptionKeyPath = $trial/throw-away.key" \
            '[HTTP]' 'Listen = 127.0.0.1:14242' '[Database]' 'Provider = sqlite' '[SQLite]' "Dir = $trial/data/db" \
            '[Metrics]' 'Enabled = false' > "$trial/trial.gcfg"
          chown -R ${ACCOUNT.name}: "$trial"
          /opt/rstudio-pm/bin/license-manager initialize > /dev/null 2>&1 || true
          systemd-run --quiet --unit=steward-trial --uid=${ACCOUNT.name} --gid=${ACCOUNT.name} --property=RuntimeDirectory=rstudio-pm \
            /opt/rstudio-pm/bin/rstudio-pm --config "$trial/trial.gcfg"
          for _ in $(seq 90); do
            if curl --fail --silent --max-time 3 --output /dev/null http://127.0.0.1:14242/__ping__; then exit 0; fi
            sleep 2
          done
          journalctl --unit=steward-trial.service --no-pager --lines=50 >&2
          refuse "Package Manager does not answer"`,
      ],
      { minutes: 10 },
    ),
  ],
};
