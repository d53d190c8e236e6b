import { dynamoDb, sns, sqs } from "@steward/aws/clients";
import { deadLetter, ledger, now, topic } from "@steward/aws/world";
import { alert } from "../alert.ts";
import { createRuntimeOf } from "../runtime.ts";
import { fromEnvironment } from "./environment.ts";

const equipment = { clients: { dynamoDb, sns, sqs }, parts: { deadLetter, ledger, now, topic } };

export const handler = alert(createRuntimeOf(equipment, fromEnvironment()));
