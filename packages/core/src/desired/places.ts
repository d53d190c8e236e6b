/** Numbers of the service account on every node: a data volume that moves finds its owner again. The package would take whatever is free. */
export const ACCOUNT = { name: "rstudio-pm", id: 850, home: "/var/lib/rstudio-pm" } as const;

/** Marks a data volume as one of a stage of ours, so that no other is ever served from. */
export const VOLUME_MARK = `${ACCOUNT.home}/.steward-volume`;
