import { ACCOUNT } from "../desired/places.ts";
import type { Phases } from "./component.ts";
import { bash, file, look, sh } from "./script.ts";

/**
 * From 24.04 on, AppArmor keeps unprivileged programs from making user namespaces, and with them Package Manager's builders from
 * their sandbox. The profile lifts that for Package Manager alone. Source: Ubuntu 24.04 release notes, "Unprivileged user namespace restrictions".
 */
const PROFILE = `abi <abi/4.0>,
include <tunables/global>

profile rstudio-pm /opt/rstudio-pm/bin/* flags=(unconfined) {
  userns,
  include if exists <local/rstudio-pm>
}
`;

const sandboxed = (words: string) => sh`
  runuser -u ${ACCOUNT.name} -- ${words.split(" ")} unshare --user --map-root-user --mount --pid --fork true || refuse "the builders would have no sandbox"`;

/** What the Git builders' sandbox needs of the kernel; without it they would build other people's code with the service's own rights. */
export function sandbox({ ubuntu }: { ubuntu: string }): Phases {
  const restricted = ubuntu !== "22.04";
  return {
    build: [
      bash("AllowSandbox", [
        file("/etc/sysctl.d/60-steward-sandbox.conf", "kernel.unprivileged_userns_clone = 1\n"),
        "sysctl --load=/etc/sysctl.d/60-steward-sandbox.conf",
        ...(restricted ? [file("/etc/apparmor.d/rstudio-pm", PROFILE), "apparmor_parser --replace /etc/apparmor.d/rstudio-pm"] : []),
      ]),
    ],
    validate: [],
    test: [look("Sandbox", [sandboxed(restricted ? "aa-exec --profile=rstudio-pm --" : "env")])],
  };
}
