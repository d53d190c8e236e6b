/** Imported before anything else: an older Node would stop somewhere in the middle, after it has begun. */
const OLDEST = 24;

if (Number.parseInt(process.versions.node, 10) < OLDEST) {
  process.stderr.write(`steward-node: needs Node ${OLDEST} or newer, this is ${process.versions.node}\n`);
  process.exit(2);
}
