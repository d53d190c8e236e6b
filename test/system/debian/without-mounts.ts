import { writeFileSync } from "node:fs";
import type { Root } from "./root.ts";

/**
 * Leaves mounting and freezing out on a root, for machines that allow neither: nothing is mounted unless `mounted` says so, and a freeze is
 * a mark of the suite that ends as the real `fsfreeze` does.
 */
export function withoutMounts(root: Root, { mounted = false } = {}): void {
  const frozen = root.suite("frozen");
  const programs = {
    findmnt: mounted ? `echo '${root.at("dev/nvme1n1")}'` : "exit 1",
    fsfreeze: `case $1 in --freeze) [ ! -e '${frozen}' ] && touch '${frozen}' ;; --unfreeze) if [ -e '${frozen}' ]; then rm '${frozen}'; else echo "fsfreeze: $2: unfreeze failed: Invalid argument" >&2; exit 1; fi ;; esac`,
    mount: "exit 0",
    umount: "exit 0",
  };
  for (const [name, script] of Object.entries(programs))
    writeFileSync(root.at(`usr/bin/${name}`), `#!/bin/sh\necho "${name} $*" >> '${root.suite("calls")}'\n${script}\n`, { mode: 0o755 });
}
