import type * as module from "@aws-sdk/client-imagebuilder";
import { requestId } from "../../account/account.ts";
import { AwsError, type Operations } from "../../account/operation.ts";
import { page } from "../events/page.ts";
import { isUnderWay, move, nextArn, startBuild } from "./build.ts";
import { on, toStart } from "./rights.ts";
import { componentShape, imageShape, imageSummary, pipelineShape } from "./shapes.ts";
import { arnOf, type Build, find, type ImageBuilderState, notValid } from "./state.ts";

/** The API reference says 36 on one of its pages and 64 on another. */
const LONGEST_TOKEN = 36;
const wrongToken = () => new AwsError("InvalidPaginationTokenException", "You have provided an invalid pagination token in your request.");
/** Source: API reference, `maxResults` of its lists. */
const PAGE = 25;

type Remembered = Map<string, { pipeline: string; build: Build }>;

/** Pipelines at work: start, look, list, cancel. */
export function pipelineOperations(state: ImageBuilderState): Operations<typeof module> {
  const remembered: Remembered = new Map();
  return {
    StartImagePipelineExecution: {
      rights: ({ imagePipelineArn, tags }) => toStart(imagePipelineArn, imageToBe(state, imagePipelineArn), tags),
      run: (input) => {
        const { arn } = once(state, remembered, input);
        return { requestId: requestId(), clientToken: input.clientToken, imageBuildVersionArn: arn };
      },
    },
    CancelImageCreation: {
      rights: ({ imageBuildVersionArn }) => [on("CancelImageCreation", imageBuildVersionArn)],
      run: ({ imageBuildVersionArn, clientToken }) => {
        const build = find(state.builds, imageBuildVersionArn);
        if (!isUnderWay(build)) throw new AwsError("ResourceInUseException", `Image '${build.arn}' in state '${build.status}' can't be cancelled.`);
        move(state, build, build.status, "CANCELLED");
        return { requestId: requestId(), clientToken, imageBuildVersionArn: build.arn };
      },
    },
    GetComponent: {
      rights: ({ componentBuildVersionArn }) => [on("GetComponent", componentBuildVersionArn)],
      run: ({ componentBuildVersionArn }) => ({ requestId: requestId(), component: componentShape(find(state.components, componentBuildVersionArn)) }),
    },
    GetImage: {
      rights: ({ imageBuildVersionArn }) => [on("GetImage", imageBuildVersionArn)],
      run: ({ imageBuildVersionArn }) => ({ requestId: requestId(), image: imageShape(find(state.builds, imageBuildVersionArn)) }),
    },
    GetImagePipeline: {
      rights: ({ imagePipelineArn }) => [on("GetImagePipeline", imagePipelineArn)],
      run: ({ imagePipelineArn }) => ({ requestId: requestId(), imagePipeline: pipelineShape(state, find(state.pipelines, imagePipelineArn)) }),
    },
    ListImagePipelines: {
      run: ({ filters, maxResults: limit = PAGE, nextToken: token }) => {
        refuseFilters(filters);
        const { items, next } = page([...state.pipelines.values()], { token, limit, wrongToken });
        return { requestId: requestId(), imagePipelineList: items.map((pipeline) => pipelineShape(state, pipeline)), ...(next && { nextToken: next }) };
      },
    },
    ListImagePipelineImages: {
      rights: ({ imagePipelineArn }) => [on("ListImagePipelineImages", imagePipelineArn)],
      run: ({ imagePipelineArn, filters, maxResults: limit = PAGE, nextToken: token }) => {
        refuseFilters(filters);
        const { arn } = find(state.pipelines, imagePipelineArn);
        const builds = [...state.builds.values()].filter(({ pipeline }) => pipeline.arn === arn);
        const { items, next } = page(builds, { token, limit, wrongToken });
        return { requestId: requestId(), imageSummaryList: items.map(imageSummary), ...(next && { nextToken: next }) };
      },
    },
  };
}

function refuseFilters(filters: module.Filter[] | undefined): void {
  if (filters?.length) throw new AwsError("UnknownOperationException", "the simulated account does not model the filters of Image Builder's lists", 501);
}

const imageToBe = (state: ImageBuilderState, named: string | undefined): string => {
  const pipeline = state.pipelines.get(named ?? "");
  return pipeline ? nextArn(state, pipeline) : arnOf("image", "*", "*", "*");
};

/** The same token gives the same build, for another pipeline an error. Source: API reference, IdempotentParameterMismatchException. */
function once(state: ImageBuilderState, remembered: Remembered, input: module.StartImagePipelineExecutionRequest): Build {
  const { clientToken = crypto.randomUUID(), tags = {} } = input;
  const pipeline = find(state.pipelines, input.imagePipelineArn);
  if (clientToken.length === 0 || clientToken.length > LONGEST_TOKEN) throw notValid("clientToken", `It must have 1 to ${LONGEST_TOKEN} characters.`);
  const before = remembered.get(clientToken);
  if (before && before.pipeline !== pipeline.arn)
    throw new AwsError("IdempotentParameterMismatchException", "The client token was used before, with other parameters.");
  if (before) return before.build;
  const build = startBuild(state, pipeline, { buildType: "USER_INITIATED", tags });
  remembered.set(clientToken, { pipeline: pipeline.arn, build });
  return build;
}
