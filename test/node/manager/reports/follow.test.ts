import { expect } from "chai";
import { describe, it } from "mocha";
import { createFollowingReporter } from "../../../../node/src/manager/reports/follow.ts";

/** A following reporter, and what became of those that it made. */
function following() {
  const did: string[] = [];
  const reporter = createFollowingReporter({
    open(url) {
      did.push(`open ${url}`);
      return {
        start: () => void did.push(`start ${url}`),
        wake: () => void did.push(`wake ${url}`),
        stop: async () => void did.push(`stop ${url}`),
        failuresTotal: () => 0,
      };
    },
  });
  /** What happened since it was last asked. */
  return { reporter, did: () => did.splice(0) };
}

describe("the orchestrator that a manager's file names", () => {
  it("is told from the start, another in its place as soon as the file names it, and none where it names none", async () => {
    const { reporter, did } = following();
    reporter.follow("http://a.example");
    expect(did()).to.deep.equal(["open http://a.example"]);
    reporter.start();
    reporter.follow("http://a.example");
    reporter.wake();
    expect(did(), "the same goes on").to.deep.equal(["start http://a.example", "wake http://a.example"]);
    reporter.follow("https://b.example");
    reporter.wake();
    expect(did()).to.deep.equal([
      "stop http://a.example",
      "open https://b.example",
      "start https://b.example",
      "wake https://b.example",
    ]);
    reporter.follow(undefined);
    reporter.wake();
    expect(did()).to.deep.equal(["stop https://b.example"]);
    reporter.follow("http://a.example");
    await reporter.stop();
    reporter.follow("https://b.example");
    reporter.wake();
    expect(did()).to.deep.equal(["open http://a.example", "start http://a.example", "stop http://a.example"]);
  });

  it("is waited for when it ends, also one that was replaced", async () => {
    let release: () => void = () => undefined;
    const told = new Promise<void>((resolve) => (release = resolve));
    const reporter = createFollowingReporter({
      open: () => ({ start() {}, wake() {}, stop: () => told, failuresTotal: () => 0 }),
    });
    reporter.start();
    reporter.follow("http://a.example");
    reporter.follow(undefined);
    let hasStopped = false;
    const stopped = reporter.stop().then(() => {
      hasStopped = true;
    });
    await new Promise(setImmediate);
    expect(hasStopped).to.equal(false);
    release();
    await stopped;
  });
});
