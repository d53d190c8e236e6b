/** Every name of a deployed stage, in one place. */
export const names = (stage: string) => ({
  group: `steward-${stage}`,
  launchTemplate: `steward-${stage}-node`,
  targetGroup: `steward-${stage}`,
  loadBalancer: `steward-${stage}`,
  instanceProfile: `steward-${stage}-node`,
  launchHook: `steward-${stage}-admit`,
  terminateHook: `steward-${stage}-retire`,
  database: `steward-${stage}`,
  bucket: `steward-${stage}-packages`,
  table: `steward-${stage}`,
  bus: `steward-${stage}`,
  topic: `steward-${stage}-people`,
  deadLetter: `steward-${stage}-dead-letter`,
  document: `steward-${stage}-node`,
  desired: `/steward/${stage}/desired`,
  switch: `/steward/${stage}/switch`,
  function: (id: string) => `steward-${stage}-${id}`,
  rule: (id: string) => `steward-${stage}-${id}`,
  alarm: (id: string) => `steward-${stage}-${id}`,
});
export type Names = ReturnType<typeof names>;
