import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { DAEMON_ENVIRONMENT, DAEMON_FLAGS } from "../../../node/src/local/nodeProcess.mjs";

const BIN = resolve(import.meta.dirname, "../../../node/bin/pleiad.mjs");
/** What the process that ends tells of itself; one in whose place another was put does not end. */
const TELL = `data:text/javascript,${encodeURIComponent(`
  process.on("exit", () => console.error(JSON.stringify({
    pid: process.pid,
    flags: process.execArgv.filter((flag) => !flag.startsWith("--import")),
    environment: Object.fromEntries(${JSON.stringify(Object.keys(DAEMON_ENVIRONMENT))}.map((name) => [name, process.env[name]])),
    hasStripper: process.moduleLoadList.some((name) => name.includes("deps/amaro")),
  })));
`)}`;
const START = ["node", "start", "--help"];

interface Told {
  readonly pid: number;
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly hasStripper: boolean;
}

describe("the process of a command", function () {
  // Some compile everything that a daemon loads, twice.
  this.timeout(60_000);
  let empty: { readonly NODE_COMPILE_CACHE: string };
  beforeEach(() => {
    empty = { NODE_COMPILE_CACHE: mkdtempSync(join(tmpdir(), "pleiad-compiled-")) };
  });
  afterEach(() => rmSync(empty.NODE_COMPILE_CACHE, { recursive: true, force: true }));

  /** Runs a command to its end; answers what its last process told, and the id of its first. */
  async function run(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    program: readonly string[] = [process.execPath],
  ): Promise<Told & { readonly startedPid: number }> {
    const [file = "", ...before] = program;
    const { NODE_OPTIONS: _, NODE_COMPILE_CACHE: __, ...inherited } = process.env;
    const child = spawn(file, [...before, `--import=${TELL}`, BIN, ...args], {
      env: { ...inherited, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, "close")]);
    expect(code, stderr).to.equal(0);
    return { ...(JSON.parse(stderr) as Told), startedPid: child.pid as number };
  }

  it("has a daemon's flags and environment when it starts a daemon, and keeps its id", async () => {
    const { pid, startedPid, flags, environment } = await run(START);
    expect({ pid, flags, environment }).to.deep.equal({
      pid: startedPid,
      flags: DAEMON_FLAGS,
      environment: DAEMON_ENVIRONMENT,
    });
  });

  it("keeps what the operator set", async () => {
    const { flags, environment } = await run(START, {
      NODE_OPTIONS: "--max_semi_space_size=16",
      MALLOC_TRIM_THRESHOLD_: "1048576",
    });
    expect(flags).to.deep.equal([]);
    expect(environment).to.deep.equal({ MALLOC_TRIM_THRESHOLD_: "1048576" });
  });

  it("does not run a daemon with what takes types out, not even when the code was never compiled before", async () => {
    expect(await run(START, empty)).to.include({ hasStripper: false });
  });

  it("runs a daemon all the same when compiled code is not kept", async () => {
    expect(await run(START, { NODE_DISABLE_COMPILE_CACHE: "1" })).to.include({ hasStripper: true });
  });

  it("starts anew once at most", async () => {
    // As if it had: the shell's id is the daemon's.
    const shell = ["/bin/sh", "-c", 'PLEIAD_STARTED_ANEW=$$ exec "$0" "$@"', process.execPath];
    expect(await run(START, empty, shell)).to.include({ hasStripper: true });
  });

  it("takes types out once for any other command, which gets no flags", async () => {
    expect(await run(["--version"], empty)).to.deep.include({ hasStripper: true, flags: [] });
    expect(await run(["--version"], empty)).to.deep.include({ hasStripper: false, flags: [] });
  });
});
