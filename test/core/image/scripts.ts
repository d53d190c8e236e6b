import { ComponentDocument } from "@steward/core/image/component";
import type { ComponentId } from "@steward/core/image/components";
import type { Topology } from "@steward/core/topology/topology";

export const documentOf = (data: string): ComponentDocument => ComponentDocument.parse(JSON.parse(data));

interface Script {
  component: ComponentId;
  phase: string;
  step: string;
  text: string;
}

/** Every shell script of an image's components, as bash gets it. */
export const scriptsOf = ({ image }: Pick<Topology, "image">): Script[] =>
  image.components.flatMap(({ id, data }) =>
    documentOf(data).phases.flatMap(({ name, steps }) =>
      steps.flatMap((step) =>
        step.action === "ExecuteBash" ? [{ component: id, phase: name, step: step.name, text: `${step.inputs.commands.join("\n")}\n` }] : [],
      ),
    ),
  );
