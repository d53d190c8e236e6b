import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "@steward/node/host";
import { PATHS } from "@steward/node/paths";
import { realHost } from "@steward/node/real-host";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

/** Whoever runs the tests stands for every account of the node. */
const MINE = { owner: "rstudio-pm", mode: 0o640 };
const uid = process.getuid?.() ?? 0;
const gid = process.getgid?.() ?? 0;

let root: string;
let host: Host;
const at = (path: string) => join(root, path);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "steward-host-"));
  mkdirSync(at("etc"));
  writeFileSync(at("etc/passwd"), `no line\nrstudio-pm:x:${uid}:${gid}::/:/bin/false\nother:x:${uid + 1}:${gid}::/:/bin/false\n`);
  host = realHost({ STEWARD_ROOT: root });
});
afterEach(() => rmSync(root, { recursive: true }));

const server = async (answer: (respond: (status: number, body: string) => void) => void) => {
  const listening = createServer((_, response) => answer((status, body) => response.writeHead(status).end(body)));
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return { port: (listening.address() as AddressInfo).port, stop: () => listening.close() };
};

describe("files", () => {
  test("are written whole, with their folders, owner and mode, and leave nothing beside them", async () => {
    await host.writeFile("/a/b/c", "old", { ...MINE, mode: 0o644 });
    await host.writeFile("/a/b/c", "new", MINE);
    expect(await host.readFile("/a/b/c")).toBe("new");
    expect(await host.entry("/a/b/c")).toEqual({ kind: "file", owner: "rstudio-pm", mode: 0o640 });
    expect(readdirSync(at("a/b"))).toEqual(["c"]);
  });

  test("a leftover of a killed program that is open to others is not written into", async () => {
    writeFileSync(at("c.new"), "");
    chmodSync(at("c.new"), 0o666);
    const leftover = statSync(at("c.new")).ino;
    symlinkSync(at("c.new"), at("link.new"));
    await host.writeFile("/link", "secret", { ...MINE, mode: 0o600 });
    expect(statSync(at("c.new"))).toMatchObject({ ino: leftover, size: 0 });
    expect(await host.entry("/link")).toMatchObject({ kind: "file", mode: 0o600 });
  });

  test("are not given to an account that is not there", async () => {
    await expect(host.writeFile("/a", "", { owner: "nobody-here", mode: 0o600 })).rejects.toThrow("there is no account nobody-here on this node");
    expect(await host.entry("/a")).toBeUndefined();
  });

  test("that are not there are no text, no entry, no names and no trouble", async () => {
    writeFileSync(at("file"), "");
    for (const path of ["/none", "/none/at/all", "/file/below"]) {
      expect(await host.readFile(path)).toBeUndefined();
      expect(await host.entry(path)).toBeUndefined();
      expect(await host.list(path)).toEqual([]);
    }
    await host.removeFile("/none/at/all");
    await host.removeFile("/file");
    expect(readdirSync(root)).toEqual(["etc"]);
  });

  test("that are there and cannot be read are an error", async () => {
    await expect(host.readFile("/etc")).rejects.toMatchObject({ code: "EISDIR" });
  });

  test("are no links, pipes or devices, and of at most 1 MiB: others than root write in some folders", async () => {
    writeFileSync(at("secret"), "secret");
    symlinkSync(at("secret"), at("link"));
    execFileSync("mkfifo", [at("pipe")]);
    writeFileSync(at("large"), "x".repeat(1024 * 1024 + 1));
    for (const [path, code] of [
      ["/link", "ELOOP"],
      ["/pipe", "EINVAL"],
    ] as const) {
      await expect(host.readFile(path)).rejects.toMatchObject({ code });
      await expect(host.readEnd(path, 10)).rejects.toMatchObject({ code });
      expect(await host.entry(path)).toMatchObject({ kind: "other" });
    }
    await expect(host.readFile("/large")).rejects.toMatchObject({ code: "EFBIG" });
    expect(await host.readEnd("/large", 3)).toBe("xxx");
    expect(await host.readEnd("/secret", 100)).toBe("secret");
    expect(await host.readEnd("/none", 100)).toBeUndefined();
    expect(await realHost({}).readFile("/proc/self/status")).toContain("Name:");
  });

  test("links count in systemd's own folders, where a masked unit is one", async () => {
    mkdirSync(at("etc/systemd/system"), { recursive: true });
    writeFileSync(at("unit"), "[Unit]\n");
    symlinkSync("/dev/null", at("etc/systemd/system/masked.service"));
    symlinkSync(at("unit"), at("etc/systemd/system/linked.service"));
    symlinkSync(at("nowhere"), at("etc/systemd/system/broken.service"));
    const texts = ["masked", "linked", "broken", "none"].map((name) => host.readFile(`/etc/systemd/system/${name}.service`));
    expect(await Promise.all(texts)).toEqual(["", "[Unit]\n", "", undefined]);
  });

  test("folders are made or made right, their names sorted, and what is neither file nor folder is told", async () => {
    await host.makeFolder("/x/y", { ...MINE, mode: 0o701 });
    await host.makeFolder("/x/y", { ...MINE, mode: 0o700 });
    expect(await host.entry("/x/y")).toEqual({ kind: "folder", owner: "rstudio-pm", mode: 0o700 });
    for (const name of ["b", "a"]) await host.writeFile(`/x/${name}`, "", MINE);
    expect(await host.list("/x")).toEqual(["a", "b", "y"]);
    symlinkSync("/dev/null", at("null"));
    expect(await host.entry("/null")).toMatchObject({ kind: "other" });
  });

  test("an owner without a name is told by its number", async () => {
    writeFileSync(at("etc/passwd"), "root:x:99999:99999::/:/bin/sh\n");
    expect(await host.entry("/etc")).toMatchObject({ owner: String(uid) });
  });

  test("the instance id is cloud-init's, and paths can be told to other programs", async () => {
    expect(await host.instanceId()).toBe("unknown");
    await host.writeFile(PATHS.instanceId, "i-0123\n", MINE);
    expect(await host.instanceId()).toBe("i-0123");
    expect(host.locate("/x")).toBe(join(root, "x"));
    expect(realHost({}).locate("/x")).toBe("/x");
  });
});

describe("programs", () => {
  const program = (text: string) => {
    mkdirSync(at("usr/bin"), { recursive: true });
    writeFileSync(at("usr/bin/it"), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  };

  test("get an environment of their own and words that no shell reads", async () => {
    process.env.STEWARD_CANARY = "canary";
    program('env | cut -d = -f 1 | sort | tr "\\n" " "; echo "$1"');
    const { exitCode, stdout } = await host.exec("it", ["$HOME;"], 5_000);
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain("STEWARD");
    expect(stdout.endsWith("$HOME;\n")).toBe(true);
    expect(await host.exec("/usr/bin/it", ["x"], 5_000)).toMatchObject({ exitCode: 0 });
    expect(await realHost({}).exec("true", [], 5_000)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  test("end with their own number, 124 out of time, 127 where there is none, 1 where they say too much", async () => {
    program("echo oh dear >&2; exit 7");
    expect(await host.exec("it", [], 5_000)).toEqual({ exitCode: 7, stdout: "", stderr: "oh dear\n" });
    program("sleep 60");
    expect(await host.exec("it", [], 50)).toMatchObject({ exitCode: 124 });
    expect(await host.exec("/not/there", [], 5_000)).toMatchObject({ exitCode: 127 });
    program("echo whole; printf half; sleep 60");
    expect(await host.exec("it", [], 500)).toMatchObject({ exitCode: 124, stdout: "whole\n" });
    program("echo whole; head -c 2000000 /dev/zero");
    expect(await host.exec("it", [], 5_000)).toMatchObject({ exitCode: 1, stdout: "whole\n" });
    program("kill -9 $$");
    expect(await host.exec("it", [], 5_000)).toMatchObject({ exitCode: 1 });
  });
});

describe("the network", () => {
  test("an answer is told with its body, redirects are not followed", async () => {
    const { port, stop } = await server((respond) => respond(503, "no"));
    expect(await host.get(`http://127.0.0.1:${port}/`, 5_000)).toMatchObject({ kind: "answer", status: 503, body: "no" });
    expect(await host.connect("127.0.0.1", port, 5_000)).toBe(true);
    stop();
  });

  test("silence is a timeout, and nobody there is a refusal", async () => {
    const { port, stop } = await server(() => {});
    expect(await host.get(`http://127.0.0.1:${port}/`, 50)).toEqual({ kind: "timeout" });
    stop();
    const free = createTcpServer();
    await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
    const closed = (free.address() as AddressInfo).port;
    await new Promise((resolve) => free.close(resolve));
    expect(await host.get(`http://127.0.0.1:${closed}/`, 5_000)).toEqual({ kind: "refused" });
    expect(await host.connect("127.0.0.1", closed, 5_000)).toBe(false);
  });

  test("of a large answer the beginning is kept, and every byte counted", async () => {
    const { port, stop } = await server((respond) => respond(200, "\u00e9".repeat(200_000)));
    const answer = await host.download(`http://127.0.0.1:${port}/`, 5_000);
    expect(answer).toMatchObject({ kind: "answer", status: 200, bytes: 400_000 });
    expect(answer.kind === "answer" && Buffer.byteLength(answer.beginning)).toBe(256 * 1024);
    stop();
  });

  test("an answer that breaks off is none, and neither is silence", async () => {
    const broken = createTcpServer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"));
    await new Promise<void>((resolve) => broken.listen(0, "127.0.0.1", resolve));
    expect(await host.download(`http://127.0.0.1:${(broken.address() as AddressInfo).port}/`, 5_000)).toEqual({ kind: "refused" });
    broken.close();
    const { port, stop } = await server(() => {});
    expect(await host.download(`http://127.0.0.1:${port}/`, 50)).toEqual({ kind: "timeout" });
    stop();
  });

  test("an address that does not answer at all is not reached in time", async () => {
    expect(await host.connect("192.0.2.1", 9, 50)).toBe(false);
  });
});

test("one program at a time holds the lock, and the next one gets it when it is let go", async () => {
  const release = await host.lock(0);
  expect(await host.lock(300)).toBeUndefined();
  const waiting = host.lock(5_000);
  await release?.();
  const next = await waiting;
  expect(next).toBeDefined();
  await next?.();
});

test("the lock is gone with its holder, however that ends, and only its owner may open it", async () => {
  const script = `const { takeLock } = await import("@steward/node/real-lock"); await takeLock(${JSON.stringify(root)}, 0); console.log("held"); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  expect(await host.lock(0)).toBeUndefined();
  expect(statSync(at(PATHS.lock)).mode & 0o777).toBe(0o600);
  holder.kill("SIGKILL");
  const release = await host.lock(5_000);
  expect(release).toBeDefined();
  await release?.();
});

test("a lock that cannot be laid down is an error, never a lock", async () => {
  mkdirSync(at("run/steward"), { recursive: true });
  symlinkSync(at("elsewhere"), at(PATHS.lock));
  await expect(host.lock(0)).rejects.toMatchObject({ code: "ELOOP" });
});

test("systemd's id of this run is told where there is one", () => {
  expect(realHost({ INVOCATION_ID: "0123" }).invocation).toBe("0123");
  expect(host.invocation).toBeUndefined();
});

test("time passes, and the journal is standard error", async () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  host.log("hello");
  expect(said).toHaveBeenCalledWith("steward-node: hello\n");
  said.mockRestore();
  const before = host.now().getTime();
  await host.sleep(5);
  expect(host.now().getTime()).toBeGreaterThanOrEqual(before);
  expect(host.aws).toBeTypeOf("function");
});
