import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { FolderOptions, GateCommand } from "../../../../node/src/agents/folders/types.ts";
import { listTagged } from "../../../../node/src/agents/processTable.mjs";
import { findSandbox } from "../../../../node/src/agents/sandbox/findSandbox.ts";
import type { Sandbox } from "../../../../node/src/agents/sandbox/sandbox.ts";
import { type Confinement, confinementSchema } from "../../../../node/src/config/service.ts";
import { until } from "../../../fixtures/until.ts";
import { expectGone } from "../fixtures/world.ts";
import { viewOf } from "../sandbox/view.ts";
import { makeWorld, type World, writeAt } from "./world.ts";

const MIB = 1_048_576;
/** Its arguments are written down, and it confines nothing. */
const RECORDER = `#!/bin/sh
printf '%s\\n' "$@" > "$(dirname "$0")/arguments"
while [ "$1" != "--" ]; do shift; done
shift
exec "$@"
`;
const real = await findSandbox({ environment: process.env, secrets: [] });
const found = real.kind === "none" ? `left out here: ${real.why}` : `bubblewrap ${real.version}`;

function confinement(fields: Partial<Confinement> = {}): Confinement {
  return confinementSchema.parse(fields);
}

describe("a gate that runs what agents wrote", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(60_000);

  /** A project of which the agent alice has changed a file, with a gate of a shell's lines. */
  async function withGate(
    script: string,
    gate: Partial<GateCommand> = {},
    sandbox?: Sandbox,
    options: Partial<FolderOptions> = {},
  ) {
    const world = makeWorld();
    world.git("branch", "target");
    const environment = { ...process.env, NAMED: "named", SECRET_CANARY: "canary-of-the-daemon" };
    const folders = await world.folders(
      { gate: { argv: ["/bin/sh", "-c", script], environment: ["NAMED"], ...gate }, ...options },
      { environment, ...(sandbox === undefined ? {} : { sandbox }) },
    );
    const { path } = await folders.create({ agent: "alice", project: world.project });
    writeAt(join(path, "test.sh"), "what an agent wrote\n");
    const merge = () => folders.merge({ agent: "alice", target: "target" });
    return { world, merge };
  }

  function expectNothingMoved(world: World): void {
    expect(world.git("rev-parse", "target")).to.equal(world.git("rev-parse", "main"));
    expect(readdirSync(join(world.data, "scratch"))).to.deep.equal([]);
    expect(readdirSync(join(world.data, "merges")).filter((name) => name.startsWith("gate-"))).to.deep.equal(
      [],
    );
  }

  it("finds nothing of the daemon's environment but what is named, nor a descriptor, nor its terminal", async () => {
    const { merge } = await withGate(
      "env; ls -l /proc/self/fd/ 2>/dev/null | sed 's/.* //'; [ -t 0 ] && echo TTY; exit 0",
    );
    const { gate, outcome } = await merge();
    expect(outcome).to.equal("merged");
    const names = gate?.outputTail
      .split("\n")
      .flatMap((line) => /^([A-Za-z_]+)=/.exec(line)?.[1] ?? [])
      // Of the shell.
      .filter((name) => !["PWD", "OLDPWD", "SHLVL", "_"].includes(name));
    expect(names?.sort()).to.deep.equal(["HOME", "LANG", "NAMED", "PATH", "PLEIAD_AGENT_TAG", "TMPDIR"]);
    expect(gate?.outputTail).not.to.match(/canary|TTY/);
  });

  it("is ended with what fled from its group, when it says yes as well", async function () {
    if (process.platform !== "linux") this.skip();
    const { world, merge } = await withGate(
      `setsid sh -c 'echo $$ > "$PIDS"; exec sleep 60' > /dev/null 2>&1 & until [ -s "$PIDS" ]; do sleep 0.01; done; exit 0`.replaceAll(
        "$PIDS",
        "../../../pids",
      ),
    );
    expect((await merge()).outcome).to.equal("merged");
    const pids = readFileSync(join(world.data, "pids"), "utf8");
    await expectGone([Number(pids)], 1_000);
  });

  for (const [where, onto] of [
    ["standard output", ""],
    ["standard error", ">&2"],
  ] as const) {
    it(`is ended when it prints 1 GB to ${where}, and keeps a page of it`, async () => {
      const { world, merge } = await withGate(`head -c 1000000000 /dev/zero ${onto}; exit 0`);
      const { gate, outcome, error } = await merge();
      expect({ outcome, reason: gate?.reason }).to.deep.equal({ outcome: "gateFailed", reason: "tooLarge" });
      expect(error?.message).to.equal(`the gate refuses: it printed more than ${16 * MIB} bytes`);
      expect(gate?.outputTail.length).to.be.at.most(65_536);
      expectNothingMoved(world);
    });
  }

  it("is ended when it takes more than it may, and the next start can read what is written of that", async () => {
    const { world, merge } = await withGate(
      "n=0; while [ $n -lt 200 ]; do sleep 60 & n=$((n+1)); done; wait",
      {
        confinement: confinement({ processesMax: 20 }),
      },
    );
    const { gate, outcome, error } = await merge();
    expect({ outcome, reason: gate?.reason }).to.deep.equal({ outcome: "gateFailed", reason: "exceeded" });
    expect(error?.message).to.match(/^the gate refuses: it had \d+ processes, and may have 20$/);
    expectNothingMoved(world);
    const again = await world.folders();
    expect(again.listMerges()[0]?.gate).to.deep.equal(gate);
  });

  it("is ended when it fills its private folder", async () => {
    const { merge } = await withGate(`head -c 3000000 /dev/zero > "$TMPDIR/big"; sleep 60`, {
      confinement: confinement({ folderBytesMax: MIB }),
    });
    expect((await merge()).error?.message).to.match(/it wrote \d+ bytes into its folder/);
  });

  it("is ended when it fills its checkout, with the key that bounds it", async () => {
    const { world, merge } = await withGate("head -c 3000000 /dev/zero > big; sleep 60", {}, undefined, {
      copyBytesMax: MIB,
    });
    expect((await merge()).error?.message).to.match(
      /^the gate refuses: it has \d+ bytes in its checkout, which may hold 1048576 \(folders\.copyBytesMax\)$/,
    );
    expectNothingMoved(world);
  });

  it("is refused where it insists on a sandbox and there is none", async () => {
    const { world, merge } = await withGate("exit 0", {
      confinement: confinement({ sandbox: "bubblewrap" }),
    });
    const { error, outcome } = await merge();
    expect(outcome).to.equal("failed");
    expect(error?.code).to.equal("MERGE_GATE_UNUSABLE");
    expect(error?.message).to.include("there is no bubblewrap to start /bin/sh in");
    expectNothingMoved(world);
  });

  it("is in the sandbox where there is one: it writes to its own folders alone, and has no network", async function () {
    if (process.platform !== "linux") this.skip();
    const recorder = makeWorld();
    const bin = join(recorder.root, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "bwrap"), RECORDER, { mode: 0o755 });
    const { world, merge } = await withGate(
      "pwd; exit 0",
      {},
      {
        kind: "bubblewrap",
        program: join(bin, "bwrap"),
        version: "9.9.9",
        hidden: [recorder.root, "/run"],
      },
    );
    const { gate, outcome } = await merge();
    expect(outcome).to.equal("merged");
    const view = viewOf(readFileSync(join(bin, "arguments"), "utf8").split("\n"));
    expect(view.flags).to.include.members(["--unshare-net", "--unshare-pid", "--die-with-parent"]);
    const tree = gate?.outputTail.trim() ?? "";
    expect(tree).to.equal(join(world.data, "merges", "gate-1", "tree"));
    expect(view.at(join(tree, "x"))).to.deep.equal({ from: join(tree, "x"), writable: true });
    expect(view.at(join(tree, ".git", "config")).writable).to.equal(false);
    for (const path of [
      "/root/.ssh",
      "/run/docker.sock",
      join(process.env.HOME ?? "/root", "x"),
      "/sys/kernel",
    ])
      expect(view.at(path).from, path).to.equal(undefined);
    for (const path of [
      join(world.project, "README"),
      join(world.data, "trees", "alice"),
      recorder.root,
      join(world.project, ".git", "objects"),
    ])
      expect(view.at(path).from, path).not.to.equal(path);
  });

  describe(`with a real sandbox (${found})`, () => {
    it("reads no other process, writes nothing outside, and reaches no network", async function () {
      if (real.kind === "none") this.skip();
      const { world, merge } = await withGate(
        `cat /proc/${process.pid}/environ && echo "read the daemon";
         for at in "$PROJECT" /usr "$HOME/../../.."; do (: > "$at/left") 2>/dev/null && echo "wrote $at"; done;
         (: > "$TMPDIR/own") && (: > own) && echo "wrote its own"; exit 0`,
        {},
        real,
      );
      const { gate } = await merge();
      expect(gate?.outputTail.replace(/^cat: .*$/gm, "").trim()).to.equal("wrote its own");
      expect(existsSync(join(world.project, "left"))).to.equal(false);
    });
  });

  it("that a daemon left behind when it was killed with its guard is ended at the next start, and its folder goes", async function () {
    if (process.platform !== "linux") this.skip();
    const world = makeWorld();
    world.git("branch", "target");
    const tagPrefix = `gate-test-${process.pid}-${Date.now()}`;
    const pid = join(world.root, "pid");
    const child = fork(fileURLToPath(new URL("./gateChild.ts", import.meta.url)), [
      world.data,
      world.project,
      tagPrefix,
      `echo $$ > ${pid}.new; mv ${pid}.new ${pid}; exec sleep 600`,
    ]);
    await until("the gate runs", () => existsSync(pid));
    const gate = Number(readFileSync(pid, "utf8"));
    const exit = once(child, "exit");
    const guard = listTagged().find(
      ({ variable, tag }) => variable === "PLEIAD_GUARD_TAG" && tag.startsWith(tagPrefix),
    );
    for (const one of [guard?.pid ?? 0, child.pid ?? 0]) process.kill(one, "SIGKILL");
    await exit;
    process.kill(gate, 0);
    const folders = await world.folders({ tagPrefix });
    await expectGone([gate], 1_000);
    expect(folders.listMerges()[0]?.error?.code).to.equal("MERGE_INTERRUPTED");
    expectNothingMoved(world);
  });
});
