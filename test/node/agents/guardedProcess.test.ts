import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { startGuarded } from "../../../node/src/agents/guardedProcess.ts";
import { listTagged } from "../../../node/src/agents/processTable.mjs";
import { confinementSchema } from "../../../node/src/config/service.ts";
import { temporaryFolder } from "./fixtures/world.ts";

describe("guarded process", function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());

  function startCat(name: string) {
    const scratchFolder = join(folder.path, name);
    mkdirSync(scratchFolder);
    return startGuarded({
      program: "/bin/cat",
      args: [],
      environment: {},
      workFolder: folder.path,
      scratchFolder,
      input: "pipe",
      limits: confinementSchema.parse({}),
      layers: 0,
      tag: tagOf(name),
      timeoutMs: 20_000,
      signal: new AbortController().signal,
    });
  }

  it("is not stopped after its end: its tag may be another's by then", async () => {
    const program = await startCat("one");
    program.stdin?.end();
    expect((await program.ended).reason).to.equal("exited");
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    program.stop();
    expect(timers(), "timers of what is over").to.equal(before);
  });

  it("is lost, and no more than that, when its guard is killed with an order unread", async () => {
    const program = await startCat("two");
    // A program takes longer to start than this process to go on: the order waits in the socket, which breaks with it.
    const guard = listTagged().find(({ tag }) => tag === tagOf("two"));
    process.kill(guard?.pid as number, "SIGKILL");
    const { reason, leftovers } = await program.ended;
    expect({ reason, leftovers }).to.deep.equal({ reason: "lost", leftovers: {} });
  });
});

const tagOf = (name: string): string => `guarded-test-${process.pid}:${name}`;
