// Does with a bundle, the first argument, what Lambda does: imports it and, where an event is given, invokes its handler.
const [, , bundle, event] = process.argv;
const { handler } = await import(bundle);
const context = { awsRequestId: "request-1", getRemainingTimeInMillis: () => 30_000 };
const answer = event === undefined ? typeof handler : await handler(JSON.parse(event), context);
process.stdout.write(JSON.stringify(answer), () => process.exit());
