// One cold start: prints the milliseconds from before the import of the bundle, the first argument, until its handler is there.
const start = performance.now();
const { handler } = await import(process.argv[2]);
const milliseconds = performance.now() - start;
if (typeof handler !== "function") throw new Error(`${process.argv[2]} exports no handler`);
process.stdout.write(String(milliseconds), () => process.exit());
