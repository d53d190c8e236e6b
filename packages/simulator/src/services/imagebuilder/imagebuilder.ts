import * as module from "@aws-sdk/client-imagebuilder";
import type { Account } from "../../account/account.ts";
import type { Operations } from "../../account/operation.ts";
import type { SharedDependencies } from "../../fleet/shared-dependencies.ts";
import { createOperations } from "./create-operations.ts";
import { pipelineOperations } from "./pipeline-operations.ts";
import type { Build, ImageBuilderState, NextBuild, Pipeline } from "./state.ts";

/** Image Builder for whoever looks from outside the API, and what its next build comes to. */
export interface ImageBuilder {
  pipelines: ReadonlyMap<string, Pipeline>;
  builds: ReadonlyMap<string, Build>;
  /** What is in the next image and whether its build succeeds; forgotten when a build starts. */
  next: NextBuild;
  /** AWS offers a new version of one of its images, such as `ubuntu-server-24-lts-x86`: an update for every recipe that takes the newest. */
  publish: (parent: string, version: string) => void;
}

/** Adds EC2 Image Builder: pipelines that make images of this account, by hand and by their schedule. */
export function addImageBuilder(account: Account, shared: SharedDependencies): ImageBuilder {
  const state: ImageBuilderState = {
    account,
    shared,
    components: new Map(),
    recipes: new Map(),
    infrastructures: new Map(),
    distributions: new Map(),
    pipelines: new Map(),
    builds: new Map(),
    parents: new Map(),
    next: {},
  };
  const operations: Operations<typeof module> = { ...createOperations(state), ...pipelineOperations(state) };
  account.add({ id: "imagebuilder", iamPrefix: "imagebuilder", module, protocol: "restJson", operations });
  return {
    pipelines: state.pipelines,
    builds: state.builds,
    get next() {
      return state.next;
    },
    set next(next) {
      state.next = next;
    },
    publish: (parent, version) => void state.parents.set(parent, version),
  };
}
