import type { Topology } from "@steward/core/topology/topology";
import { optionsOf } from "./options.ts";
import { filledJson, type Named } from "./placeholders.ts";

/** What an operator looks at first; answers its name. */
export const deployDashboard = ({ dashboard: { name, body } }: Topology, named: Named): $util.Output<string> =>
  new aws.cloudwatch.Dashboard("Dashboard", { dashboardName: name, dashboardBody: filledJson(body, named) }, optionsOf("dashboard")).dashboardName;
