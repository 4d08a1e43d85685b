import { expect } from "chai";
import { describe, it } from "mocha";
import type { JobRecord, JobState } from "../../../node/src/chain/journal.ts";
import { momentsOf } from "../../../node/src/local/dashboard/jobMoments.ts";
import type { LifeSoFar, Moment } from "../../../node/src/local/jobLives.ts";
import { createJobStories, STORIES_MAX } from "../../../node/src/local/jobStories.ts";
import { executionOf } from "../../dashboard/support/daemon.ts";
import { digest } from "../store/helpers.ts";

const KEY = { execution: 7n, task: 0 };
const at = (ms: number): Moment => ({ monotonicMs: ms, wallMs: 1_000_000 + ms });

function lifeOf(change: Partial<LifeSoFar> = {}): LifeSoFar {
  const none = {
    begun: undefined,
    answered: undefined,
    signed: undefined,
    sent: undefined,
    mined: undefined,
  };
  return { contextHash: digest("context"), attempts: [], attemptFrom: undefined, ...none, ...change };
}

function momentsIn(state: JobState, record: Partial<JobRecord> = {}, stories = createJobStories()) {
  const execution = executionOf(7n);
  const empty = { transaction: null, output: null, signed: null, inclusion: null };
  const of = { ...KEY, state, ...empty, ...record } as JobRecord;
  const rows = momentsOf(of, {
    times: stories.of(KEY),
    seen: stories.seen(7n),
    execution,
    version: undefined,
  });
  return rows.map(({ moment, state: how, tookMs }) => [moment, how, tookMs]);
}

describe("stories of jobs", () => {
  it("keep what was told to peers with the life of the same context, and not with another's", () => {
    const stories = createJobStories();
    const told: string[] = [];
    stories.onChange(({ execution, task }) => told.push(`${execution}.${task}`));
    stories.gossiped(KEY, at(1));
    expect(stories.of(KEY)).to.equal(undefined);
    stories.passed(KEY, lifeOf({ signed: at(2) }));
    stories.gossiped(KEY, at(3));
    stories.gossiped(KEY, at(9));
    stories.passed(KEY, lifeOf({ signed: at(2), sent: at(4) }));
    expect(stories.of(KEY)).to.deep.include({ gossiped: at(3), sent: at(4) });
    stories.passed(KEY, lifeOf({ contextHash: digest("another") }));
    expect(stories.of(KEY)?.gossiped).to.equal(undefined);
    expect(told).to.deep.equal(["7.0", "7.0", "7.0", "7.0"]);
  });

  it("are bounded: the one of which nothing was heard the longest goes", () => {
    const stories = createJobStories();
    for (let task = 0; task <= STORIES_MAX; task++) stories.passed({ execution: 1n, task }, lifeOf());
    expect(stories.of({ execution: 1n, task: 0 })).to.equal(undefined);
    expect(stories.of({ execution: 1n, task: STORIES_MAX })).to.not.equal(undefined);
  });

  it("say of a job of before the start that it was so, and not when", () => {
    expect(momentsIn("final", { transaction: { account: "0x", nonce: 1 } } as never)).to.deep.equal([
      ["created", "done", null],
      ["seen", "unseen", null],
      ["begun", "unseen", null],
      ["answered", "unseen", null],
      ["signed", "unseen", null],
      ["sent", "unseen", null],
      ["mined", "unseen", null],
      ["final", "unseen", null],
    ]);
  });

  it("leave out what did not come about, and say what never will", () => {
    const stories = createJobStories();
    stories.saw(7n, at(0));
    stories.saw(7n, at(90));
    stories.passed(KEY, lifeOf({ begun: at(5), answered: at(25), signed: at(26), mined: at(40) }));
    // Somebody else carried it, and there are no peers.
    expect(momentsIn("mined", {}, stories).slice(1)).to.deep.equal([
      ["seen", "done", null],
      ["begun", "done", 5],
      ["answered", "done", 20],
      ["signed", "done", 1],
      ["mined", "done", 14],
      ["final", "now", null],
    ]);
    // Dropped after it was answered, before this process was started.
    expect(momentsIn("dropped", { output: { digest: digest("yes"), bytes: null } }).slice(2)).to.deep.equal([
      ["begun", "unseen", null],
      ["answered", "unseen", null],
      ["signed", "never", null],
      ["mined", "never", null],
      ["final", "never", null],
    ]);
    stories.passed(KEY, lifeOf({ begun: at(5) }));
    expect(momentsIn("failed", {}, stories).slice(2)).to.deep.equal([
      ["begun", "done", 5],
      ["answered", "never", null],
      ["signed", "never", null],
      ["mined", "never", null],
      ["final", "never", null],
    ]);
  });
});
