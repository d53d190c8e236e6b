import { Command } from "commander";
import { configFile } from "../load-config.ts";

/** A command about one deployed stage, with the options by which it is found. */
export const stageCommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .option("--stage <name>", "which stage; may be left out where there is one")
    .option("--file <path>", "where the settings are written", configFile())
    .option("--profile <name>", "profile of the AWS configuration; left out, AWS_PROFILE or what else the AWS CLI takes")
    .option("--region <name>", "region of the stage; left out, the one of the settings");

/** AWS's clients take time to load, which no other command should wait for. */
export const asking = () => import("../ask-stage.ts");
