import "./require-node.ts";
import { runVerb } from "./dispatch.ts";
import { realHost } from "./real-host.ts";

const [verb = "", payload] = process.argv.slice(2);
const { exitCode, stdout, stderr } = await runVerb(realHost(process.env), verb, payload);
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;
