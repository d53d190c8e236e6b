import type * as module from "@aws-sdk/client-cloudwatch";
import { ACCOUNT_ID } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { toCreateTagged } from "../../iam/tagging.ts";

/** Dashboards belong to no region. Source: service authorization reference, Amazon CloudWatch. */
const dashboardArn = (name: string): string => `arn:aws:cloudwatch::${ACCOUNT_ID}:dashboard/${name}`;

/** Source: CloudWatch user guide, "Dashboard body structure and syntax": the types of widgets. */
const WIDGETS = ["metric", "text", "log", "alarm", "explorer", "custom", "chart"];

/** Dashboards: kept as they are given, refused when their body is not one. */
export const dashboardOperations = (dashboards: Map<string, string>): Operations<typeof module> => ({
  PutDashboard: {
    rights: ({ DashboardName = "", Tags }) =>
      toCreateTagged({ create: "cloudwatch:PutDashboard", tag: "cloudwatch:TagResource", resources: [dashboardArn(DashboardName)], tags: Tags }),
    run: ({ DashboardName = "", DashboardBody = "" }) => {
      if (!/^[A-Za-z0-9_-]{1,255}$/.test(DashboardName))
        throw invalid("The field DashboardName must only contain alphanumerics, dash and underscore", [], "InvalidParameterValue");
      const problem = problemOf(DashboardBody);
      if (problem) throw invalid("The dashboard body is invalid, there are 1 validation errors", [problem]);
      dashboards.set(DashboardName, DashboardBody);
      return { DashboardValidationMessages: [] };
    },
  },
  GetDashboard: {
    rights: ({ DashboardName = "" }) => [{ action: "cloudwatch:GetDashboard", resources: [dashboardArn(DashboardName)] }],
    run: ({ DashboardName = "" }) => {
      const body = dashboards.get(DashboardName);
      if (body === undefined) throw new AwsError("DashboardNotFoundError", `Dashboard ${DashboardName} does not exist`, 404);
      return { DashboardName, DashboardArn: dashboardArn(DashboardName), DashboardBody: body };
    },
  },
});

const invalid = (message: string, dashboardValidationMessages: module.DashboardValidationMessage[], code = "DashboardInvalidInputError"): AwsError =>
  new AwsError(code, message, 400, { dashboardValidationMessages });

function problemOf(body: string): module.DashboardValidationMessage | undefined {
  const parsed = parse(body) as { widgets?: { type?: string }[] } | undefined;
  if (typeof parsed !== "object" || parsed === null) return { DataPath: "", Message: "The field DashboardBody must be a valid JSON object" };
  if (!Array.isArray(parsed.widgets)) return { DataPath: "/", Message: "Should have property widgets" };
  const index = parsed.widgets.findIndex(({ type = "" }) => !WIDGETS.includes(type));
  return index < 0 ? undefined : { DataPath: `/widgets/${index}/type`, Message: "Should be equal to one of the allowed values" };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
