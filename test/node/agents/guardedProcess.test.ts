import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { startGuarded } from "../../../node/src/agents/guardedProcess.ts";
import { confinementSchema } from "../../../node/src/config/service.ts";
import { temporaryFolder } from "./fixtures/world.ts";

describe("guarded process", function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  before(() => {
    folder = temporaryFolder();
  });
  after(() => folder.remove());

  it("is not stopped after its end: its tag may be another's by then", async () => {
    const scratchFolder = join(folder.path, "one");
    mkdirSync(scratchFolder);
    const program = await startGuarded({
      program: "/bin/cat",
      args: [],
      environment: {},
      workFolder: folder.path,
      scratchFolder,
      input: "pipe",
      limits: confinementSchema.parse({}),
      layers: 0,
      tag: `guarded-test-${process.pid}:1`,
      timeoutMs: 20_000,
      signal: new AbortController().signal,
    });
    program.stdin?.end();
    expect((await program.ended).reason).to.equal("exited");
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    program.stop();
    expect(timers(), "timers of what is over").to.equal(before);
  });
});
