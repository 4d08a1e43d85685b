import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { type Hex, keccak256, toHex } from "viem";
import { type HeardCompletion, type PlanInput, planExecution } from "../../../node/src/work/plan.ts";

const SEED = 20_261_121;
const digestOf = (text: string): Hex => keccak256(toHex(text));
/** A context that depends on what the real one depends on. */
const contextOf = (task: number, dependencies: readonly Hex[]): Hex =>
  digestOf(`${task}:${dependencies.join()}`);

/** A line of three tasks, created at 1,000 with windows of 10 s; node n has rank n - 1 for every task. */
function inputOf(
  change: Partial<PlanInput<HeardCompletion>> & {
    completed?: Map<number, Hex>;
    heard?: HeardCompletion[];
  } = {},
) {
  const { completed, heard, ...rest } = change;
  return {
    execution: {
      id: 7n,
      deadline: 2_000n,
      readyAt: 1_000n,
      windowSeconds: 10n,
      dependsOn: [0, 1, 2],
      quorums: [1, 1, 1],
      completed: completed ?? new Map(),
    },
    chainNow: 1_000n,
    self: 1n,
    canRun: () => true,
    rankOf: (_task: number, node: bigint) => (node >= 1n && node <= 3n ? Number(node) - 1 : undefined),
    ownerOf: (node: bigint) => `owner ${node}`,
    contextOf,
    heardOf: (task: number) => (heard ?? []).filter((one) => one.task === task),
    ...rest,
  };
}

function heardFrom(
  node: bigint,
  task: number,
  dependencies: readonly Hex[],
  output = `output ${task}`,
): HeardCompletion {
  return {
    execution: 7n,
    task,
    node,
    contextHash: contextOf(task, dependencies),
    outputDigest: digestOf(output),
  };
}

const first = heardFrom(1n, 0, []);
const second = heardFrom(1n, 1, [first.outputDigest]);
const third = heardFrom(1n, 2, [second.outputDigest]);

describe("planExecution", () => {
  it("aNodeOfRankZero_runsTheFirstTaskAtOnce", () => {
    const plan = planExecution(inputOf());
    expect(plan.run).to.deep.equal([{ task: 0, rank: 0, contextHash: contextOf(0, []) }]);
    expect(plan.settle).to.deep.equal([]);
  });

  it("aNodeOfRankOne_waitsForItsWindowAndNotASecondLonger", () => {
    const early = planExecution(inputOf({ self: 2n, chainNow: 1_009n }));
    expect(early.run).to.deep.equal([]);
    expect(early.changesAt).to.equal(1_010n);
    expect(planExecution(inputOf({ self: 2n, chainNow: 1_010n })).run.map((run) => run.task)).to.deep.equal([
      0,
    ]);
  });

  it("aLaterTask_startsFromAProvisionalOutputOnlyAtRankZero", () => {
    expect(planExecution(inputOf({ heard: [first] })).run.map((run) => run.task)).to.deep.equal([1]);
    const other = planExecution(inputOf({ heard: [first], self: 2n, chainNow: 1_500n }));
    expect(other.run, "mining the provisional output would move its window").to.deep.equal([]);
    const mined = planExecution(
      inputOf({ completed: new Map([[0, first.outputDigest]]), self: 2n, chainNow: 1_010n }),
    );
    expect(mined.run.map((run) => run.task)).to.deep.equal([1]);
  });

  it("aWholeRunHeard_settlesInOneGoInTaskOrder", () => {
    const plan = planExecution(inputOf({ heard: [third, first, second] }));
    expect(plan.settle).to.deep.equal([first, second, third]);
    expect(plan.completes).to.equal(true);
    expect(plan.run).to.deep.equal([]);
  });

  it("aCompletionForAnotherContext_isNotBuiltOn", () => {
    const stale = heardFrom(1n, 1, [digestOf("another output")]);
    const plan = planExecution(inputOf({ heard: [first, stale] }));
    expect(plan.settle).to.deep.equal([first]);
    expect(plan.run.map((run) => run.task)).to.deep.equal([1]);
  });

  it("aCompletionOfANodeThatIsNotAdmittedYet_isLeftUntilItIs", () => {
    const stepIn = heardFrom(2n, 0, []);
    expect(planExecution(inputOf({ heard: [stepIn] })).settle).to.deep.equal([]);
    expect(planExecution(inputOf({ heard: [stepIn], chainNow: 1_010n })).settle).to.deep.equal([stepIn]);
    const stranger = heardFrom(9n, 0, []);
    expect(planExecution(inputOf({ heard: [stranger], chainNow: 1_900n })).settle).to.deep.equal([]);
  });

  it("twoAnswersToOneTask_theLowerRankIsBuiltOn", () => {
    const other = heardFrom(2n, 0, [], "another answer");
    const plan = planExecution(inputOf({ heard: [other, first], chainNow: 1_010n }));
    expect(plan.settle).to.deep.equal([first]);
  });

  it("aCompletionWithoutItsOutput_isMissingAndNotBuiltOn", () => {
    const bare = { ...first, outputIsHere: false };
    const plan = planExecution(inputOf({ heard: [bare], self: 2n, chainNow: 1_010n }));
    expect(plan.missing).to.deep.equal([bare]);
    expect(plan.settle).to.deep.equal([]);
    expect(
      plan.run.map((run) => run.task),
      "the next one steps in",
    ).to.deep.equal([0]);
  });

  it("anOutputThatIsNotHere_isWantedOnlyWhereItWouldBeBuiltOn", () => {
    const stepIn = { ...heardFrom(2n, 0, [], "another answer"), outputIsHere: false };
    expect(planExecution(inputOf({ heard: [first, stepIn], chainNow: 1_010n })).missing).to.deep.equal([]);
    expect(planExecution(inputOf({ heard: [stepIn] })).missing, "its window is not open").to.deep.equal([]);
    const better = { ...first, outputIsHere: false };
    const plan = planExecution(inputOf({ heard: [heardFrom(2n, 0, [], "x"), better], chainNow: 1_010n }));
    expect(plan.missing).to.deep.equal([better]);
    expect(
      plan.settle.map(({ node }) => node),
      "until it is here",
    ).to.deep.equal([2n]);
  });

  it("aHeardStepIn_changesThePlanWhenItsWindowOpens", () => {
    const stepIn = heardFrom(2n, 0, []);
    expect(planExecution(inputOf({ heard: [stepIn], canRun: () => false })).changesAt).to.equal(1_010n);
  });

  it("whatTheChainAccepted_countsBeforeWhatWasHeard", () => {
    const accepted = digestOf("the chain's answer");
    const plan = planExecution(inputOf({ heard: [first, second], completed: new Map([[0, accepted]]) }));
    expect(plan.chosen.get(0)).to.deep.equal({ source: "chain", outputDigest: accepted });
    expect(plan.settle, "the second task's answer is bound to the other output").to.deep.equal([]);
    expect(plan.run).to.deep.equal([{ task: 1, rank: 0, contextHash: contextOf(1, [accepted]) }]);
  });

  it("aStepIn_isSettledBeforeWhatWouldCloseItsWindow", () => {
    const stepIn = heardFrom(2n, 1, []);
    const input = inputOf({ heard: [first, stepIn], chainNow: 1_010n });
    const plan = planExecution({ ...input, execution: { ...input.execution, dependsOn: [0, 0] } });
    expect(plan.settle).to.deep.equal([stepIn, first]);
    expect(plan.completes).to.equal(true);
  });

  it("aTaskWithoutAService_isNotRun", () => {
    expect(planExecution(inputOf({ canRun: (task) => task !== 0 })).run).to.deep.equal([]);
  });

  it("afterTheDeadline_nothingIsDone", () => {
    expect(planExecution(inputOf({ chainNow: 2_000n })).run).to.have.length(1);
    const over = planExecution(inputOf({ heard: [first], chainNow: 2_001n }));
    expect(over.run).to.deep.equal([]);
    expect(over.settle).to.deep.equal([]);
  });

  describe("a quorum of two", () => {
    /** Two must agree on the first task: nodes 1 and 2 are admitted at once, node 3 after one window. */
    function quorumOf(change: Parameters<typeof inputOf>[0] = {}) {
      const input = inputOf({
        rankOf: (task, node) => Math.max(0, Number(node) - (task === 0 ? 2 : 1)),
        ...change,
      });
      return { ...input, execution: { ...input.execution, quorums: [2, 1, 1] } };
    }
    const seconded = heardFrom(2n, 0, []);
    const other = heardFrom(2n, 0, [], "another answer");

    it("oneCompletion_isNotBuiltOn_andTheOthersStillAnswer", () => {
      const plan = planExecution(quorumOf({ heard: [first], self: 2n }));
      expect(plan.settle).to.deep.equal([]);
      expect(plan.chosen.size).to.equal(0);
      expect(plan.run.map(({ task, rank }) => [task, rank])).to.deep.equal([[0, 0]]);
    });

    it("twoThatSayTheSame_areAnOutput_andStandTogetherInTheOrderOfTheirNodes", () => {
      const plan = planExecution(quorumOf({ heard: [seconded, first] }));
      expect(plan.settle).to.deep.equal([first, seconded]);
      expect(plan.chosen.get(0)?.outputDigest).to.equal(first.outputDigest);
      expect(plan.run.map(({ task }) => task)).to.deep.equal([1]);
      expect(plan.completes).to.equal(false);
      const whole = planExecution(quorumOf({ heard: [third, second, seconded, first] }));
      expect(whole.settle).to.deep.equal([first, seconded, second, third]);
      expect(whole.completes, "tasks count, not completions").to.equal(true);
    });

    it("twoThatDiffer_areNone_untilAThirdAgreesWithOne", () => {
      expect(planExecution(quorumOf({ heard: [first, other], chainNow: 1_010n })).settle).to.deep.equal([]);
      const casting = heardFrom(3n, 0, [], "another answer");
      const heard = [first, other, casting];
      expect(planExecution(quorumOf({ heard })).settle, "its window is not open").to.deep.equal([]);
      expect(planExecution(quorumOf({ heard })).changesAt).to.equal(1_010n);
      expect(planExecution(quorumOf({ heard, chainNow: 1_010n })).settle).to.deep.equal([other, casting]);
    });

    it("twoNodesOfOneOwner_countAsOne", () => {
      const ownerOf = (node: bigint) => (node === 2n ? "OWNER 1" : `owner ${node}`);
      expect(planExecution(quorumOf({ heard: [first, seconded], ownerOf })).settle).to.deep.equal([]);
      const late = heardFrom(3n, 0, []);
      const plan = planExecution(quorumOf({ heard: [first, seconded, late], ownerOf, chainNow: 1_010n }));
      expect(plan.settle).to.deep.equal([first, late]);
    });

    it("whatIsAgreedOn_withoutTheOutput_isMissing_andOneMembersBytesAreEnough", () => {
      const bare = { ...first, outputIsHere: false };
      const plan = planExecution(quorumOf({ heard: [bare, { ...seconded, outputIsHere: false }], self: 3n }));
      expect(plan.missing).to.deep.equal([bare]);
      expect(plan.settle).to.deep.equal([]);
      expect(planExecution(quorumOf({ heard: [bare, seconded] })).settle).to.deep.equal([bare, seconded]);
    });

    it("aQuorumWithAStepIn_goesAlone", () => {
      const late = heardFrom(3n, 0, []);
      const aside = heardFrom(1n, 1, []);
      const input = quorumOf({ heard: [first, late, aside], chainNow: 1_010n });
      const plan = planExecution({ ...input, execution: { ...input.execution, dependsOn: [0, 0] } });
      expect(plan.settle).to.deep.equal([first, late, aside]);
    });
  });

  it(`whatIsSettled_alwaysStandsBehindItsDependencies (seed ${SEED})`, () => {
    const heard = fc.array(
      fc.record({ node: fc.bigInt(1n, 4n), task: fc.nat(4), output: fc.constantFrom("a", "b") }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(
        heard,
        fc.array(fc.nat(15), { minLength: 5, maxLength: 5 }),
        fc.bigInt(1_000n, 1_050n),
        (all, masks, now) => {
          const dependsOn = masks.map((mask, task) => mask & ((1 << task) - 1));
          // Every completion is bound to the output "a" of what it depends on.
          const completions = all.map(({ node, task, output }) => {
            const before = dependsOn.flatMap((_, i) =>
              ((dependsOn[task] ?? 0) >>> i) & 1 ? [digestOf(`${i}a`)] : [],
            );
            return heardFrom(node, task, before, `${task}${output}`);
          });
          const input = inputOf({ heard: completions, chainNow: now });
          const plan = planExecution({ ...input, execution: { ...input.execution, dependsOn } });
          const settled = new Set<number>();
          for (const completion of plan.settle) {
            const mask = dependsOn[completion.task] ?? 0;
            for (let i = 0; i < 5; i++) if ((mask >>> i) & 1) expect(settled.has(i)).to.equal(true);
            expect(settled.has(completion.task), "no task twice").to.equal(false);
            settled.add(completion.task);
          }
          for (const run of plan.run) expect(settled.has(run.task)).to.equal(false);
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });
});
