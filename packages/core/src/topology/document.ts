import { NODE_VERBS } from "../fleet/probe.ts";

/**
 * The only command document that Steward sends. The verb comes from a closed list and the payload is base64url, so
 * nothing a caller writes can be read by the shell as anything but one word. Schema: SSM document schema 2.2.
 */
export const nodeDocument = {
  schemaVersion: "2.2",
  description: "Runs one verb of steward-node.",
  parameters: {
    verb: { type: "String", allowedValues: [...NODE_VERBS] },
    payload: { type: "String", allowedPattern: "^[A-Za-z0-9_-]{1,8000}$", description: "Command envelope: base64url of JSON" },
    executionTimeout: { type: "String", default: "120", allowedPattern: "^[0-9]{2,4}$" },
  },
  mainSteps: [
    {
      action: "aws:runShellScript",
      name: "stewardNode",
      inputs: { timeoutSeconds: "{{ executionTimeout }}", runCommand: ["exec /opt/steward/bin/steward-node {{ verb }} {{ payload }}"] },
    },
  ],
};
