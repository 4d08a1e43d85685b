import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, before, describe, it } from "mocha";
import { pino } from "pino";
import { sweepTagged } from "../../../../node/src/agents/processTable.mjs";
import { membersIn } from "../../../../node/src/agents/sandbox/watch.mjs";
import { createDriver } from "../../../../node/src/agents/services.ts";
import { serviceSchema } from "../../../../node/src/config/service.ts";
import { expectCode, expectGone, samplePrompt, taggedPids, temporaryFolder } from "../fixtures/world.ts";

/** From the moment at which too much is taken to the end of everything. */
const ENDED_WITHIN_MS_MAX = 5_000;
const PROCESSES_MAX = 20;
const MIB = 1_048_576;

/** Starts itself twice over, each time in a session of its own and with an empty environment, six deep: 126 processes. */
const FLEEING_BOMB = `
if [ "$1" -gt 0 ]; then
  for one in 1 2; do setsid env -i PIDS="$PIDS" /bin/sh "$0" $(($1 - 1)) & done
fi
echo $$ >> "$PIDS"
sleep 60
`;

describe("limits of a run", function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let own: string;
  let count = 0;
  before(() => {
    folder = temporaryFolder();
    own = mkdtempSync(join(tmpdir(), "pleiad-limits-"));
  });
  afterEach(() => {
    sweepTagged((entry) => entry.tag.startsWith(`limits-test-${process.pid}`));
  });
  after(() => {
    rmSync(own, { recursive: true, force: true });
    folder.remove();
  });

  function run(program: string, args: readonly string[], limits: object) {
    count += 1;
    const tag = `limits-test-${process.pid}:${count}`;
    const service = serviceSchema.parse({ kind: "command", program, args, sandbox: "none", ...limits });
    const driver = createDriver(service, {
      scratchFolder: folder.scratch,
      environment: process.env,
      logger: pino({ level: "silent" }),
    });
    const outcome = driver.run({
      prompt: samplePrompt(),
      signal: new AbortController().signal,
      timeoutMs: 20_000,
      outputBytesMax: 1_000,
      tag,
    });
    return { outcome, tag };
  }
  const shell = (script: string, limits: object) => run("/bin/sh", ["-c", script], limits);
  const node = (script: string, limits: object) => run(process.execPath, ["--eval", script], limits);

  it("end one that starts processes without end, in bounded time", async () => {
    const startedAt = performance.now();
    // It stops by itself after a thousand, should nobody stop it.
    const { outcome, tag } = shell("n=0; while [ $n -lt 1000 ]; do sleep 60 & n=$((n+1)); done; wait", {
      processesMax: PROCESSES_MAX,
    });
    const error = await expectCode(outcome, "AGENT_PROCESSES_EXCEEDED");
    expect(error.message).to.match(/had \d+ processes, and may have 20/);
    expect(error.details.found).to.be.above(PROCESSES_MAX);
    expect(performance.now() - startedAt).to.be.below(ENDED_WITHIN_MS_MAX);
    expect(taggedPids(tag)).to.deep.equal([]);
  });

  it("end one whose processes flee into sessions of their own and clear their environment", async () => {
    const script = join(own, "bomb.sh");
    const pids = join(own, "pids");
    writeFileSync(script, FLEEING_BOMB);
    writeFileSync(pids, "");
    const startedAt = performance.now();
    const { outcome } = shell(`PIDS=${pids} exec /bin/sh ${script} 6`, { processesMax: PROCESSES_MAX });
    await expectCode(outcome, "AGENT_PROCESSES_EXCEEDED");
    expect(performance.now() - startedAt).to.be.below(ENDED_WITHIN_MS_MAX);
    const all = readFileSync(pids, "utf8").trim().split("\n").map(Number);
    expect(all.length).to.be.above(1);
    await expectGone(all, 1_000);
  });

  it("end one that takes more memory than it may, all its processes together", async () => {
    const eats = (mib: number) =>
      `globalThis.kept = []; for (let n = 0; n < ${mib}; n++) kept.push(Buffer.alloc(${MIB}, 1)); setInterval(() => {}, 1000);`;
    const script = `require("node:child_process").spawn(process.execPath, ["--eval", ${JSON.stringify(eats(100))}]); ${eats(100)}`;
    const { outcome } = node(script, { memoryBytesMax: 200 * MIB });
    const error = await expectCode(outcome, "AGENT_MEMORY_EXCEEDED");
    expect(error.details.found).to.be.above(200 * MIB);
    expect(error.details.limit).to.equal(200 * MIB);
  });

  it("leave one alone that stays within all of them", async () => {
    const { outcome } = shell("sleep 0.6 & wait; echo done", {
      processesMax: 3,
      memoryBytesMax: 64 * MIB,
      folderBytesMax: MIB,
    });
    expect(Buffer.from((await outcome).output).toString()).to.equal("done\n");
  });

  for (const [where, variable] of [
    ["home", "HOME"],
    ["temporary folder", "TMPDIR"],
  ] as const) {
    it(`end one that fills its ${where}`, async () => {
      const { outcome } = shell(`head -c 3000000 /dev/zero > "$${variable}/big"; sleep 60`, {
        folderBytesMax: MIB,
      });
      const error = await expectCode(outcome, "AGENT_FOLDER_FULL");
      expect(error.details.found).to.be.above(MIB);
    });
  }

  it("count a file of several names once, and no file that does not take room", async () => {
    const script = `cd "$TMPDIR"; head -c 700000 /dev/zero > one; for n in 2 3 4 5; do ln one $n; done; ln -s /usr usr
      ${process.execPath} -e 'require("node:fs").truncateSync("sparse", 1e9)' 2>/dev/null || true; : > sparse
      ${process.execPath} -e 'require("node:fs").truncateSync("sparse", 1e9)'; sleep 0.7; echo done`;
    const { outcome } = shell(script, { folderBytesMax: MIB });
    expect(Buffer.from((await outcome).output).toString()).to.equal("done\n");
  });

  it("find a run's processes in what ps says, whatever the order of its lines", () => {
    const listing = [
      "  40    30    40   100 S", // grandchild in a session of its own
      "  30    10    10   100 S",
      "  10     1    10   100 Ss",
      "  50     1    10   100 S", // of the group, its parent is gone
      "  60     1    60   100 S", // fled, but tagged
      "  61    60    61   100 S",
      "  70     1    70   100 S", // somebody else's
      "  80    10    10     0 Z",
    ].join("\n");
    const members = membersIn(listing, 10, [60]);
    expect([...members.keys()].sort()).to.deep.equal([10, 30, 40, 50, 60, 61]);
    expect(members.get(30)?.anonymous).to.equal(102_400);
  });
});
