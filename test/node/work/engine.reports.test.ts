import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { keccak256, stringToBytes } from "viem";
import { agentError, FIRST, inWorld, outputsOf, three } from "./engineWorld.ts";
import type { TestNode } from "./world.ts";

describe("createEngine: reports of failure", () => {
  const failing: TestNode["answer"] = async () => {
    throw agentError("AGENT_FAILED", { retryable: false });
  };
  const digestOf = (task: string) => keccak256(stringToBytes(`AGENT_FAILED: the agent failed: ${task}`));

  it(
    "whatFailedOnEveryNode_endsTheRun_withOneReportOfEach_asItsWindowOpens",
    inWorld(async (world) => {
      const nodes = await three(world);
      for (const node of nodes) node.answer = failing;
      const execution = world.chain.execute({ dependsOn: [0] });
      await world.pass(15_000);
      expect(nodes.map(({ reported }) => reported.length)).to.deep.equal([1, 1, 0]);
      expect(world.chain.execution(execution).running).to.equal(true);
      await world.pass(10_000);
      expect(world.chain.execution(execution).running, "long before its deadline").to.equal(false);
      await world.pass(200_000);
      expect(nodes.map(({ reported }) => reported)).to.deep.equal(
        nodes.map(() => [{ execution, task: 0, reasonDigest: digestOf("AGENT_FAILED") }]),
      );
      const job = await nodes[0].job(execution, 0);
      expect(job?.state, "the journal keeps the reason").to.equal("failed");
      expect(`${job?.end?.code}: ${job?.end?.message}`).to.equal(
        "AGENT_FAILED: the agent failed: AGENT_FAILED",
      );
    }),
  );

  it(
    "aReport_waitsUntilTheTaskIsReadyOnChain_andTheExecutionIsDeepEnough",
    inWorld(
      async (world) => {
        const [first, second] = await three(world);
        second.answer = failing;
        first.holdSettlements = true;
        const execution = world.chain.execute({ dependsOn: [0, 1], windowSeconds: 1_000n });
        await world.flush();
        world.chain.block();
        await world.flush();
        expect(second.asked).to.deep.equal(["task 1"]);
        await world.pass(300_000);
        expect(second.reported, "task 0 is not mined").to.deep.equal([]);
        first.pending[0]?.mine();
        await world.flush();
        expect(second.reported.map(({ task }) => task)).to.deep.equal([1]);
        const other = world.chain.execute({ dependsOn: [0], windowSeconds: 1_000n });
        first.answer = failing;
        await world.flush();
        expect(first.reported, "a reorganisation may still take it").to.deep.equal([]);
        world.chain.block();
        await world.flush();
        expect(first.reported.map((report) => report.execution)).to.deep.equal([other]);
        expect(world.chain.execution(execution).failures.get(1)).to.deep.equal([2n]);
      },
      { confirmations: 1 },
    ),
  );

  it(
    "aReportThatCouldNotBeSent_isTriedAgain_alsoByTheNextLife_andOneThatIsRefusedIsNot",
    inWorld(async (world) => {
      const node = await world.node(1n);
      node.answer = failing;
      node.reportFailure = new PleiadError("no money", { code: "INSUFFICIENT_FUNDS", retryable: true });
      const execution = world.chain.execute({ dependsOn: [0], windowSeconds: 1_000n });
      await world.pass(4_000);
      expect(node.reported).to.have.length(1);
      await world.pass(2_000);
      expect(node.reported, "after a pause").to.have.length(2);
      node.kill();
      const next = node.reborn();
      await next.start();
      await world.flush();
      expect(next.asked, "what has failed is not tried again").to.deep.equal([]);
      expect(world.chain.execution(execution).failures.get(0)).to.deep.equal([1n]);
      const refused = world.chain.execute({ dependsOn: [0], windowSeconds: 1_000n });
      next.answer = failing;
      next.reportFailure = new PleiadError("not a delegate", { code: "SUBMISSION_REFUSED" });
      await world.pass(300_000);
      expect(next.reported.filter((report) => report.execution === refused)).to.have.length(1);
    }),
  );

  it(
    "aNodeThatReportsNothing_leavesTheTaskToTheNextOne",
    inWorld(async (world) => {
      const node = await world.node(1n, { modules: { reporter: undefined } });
      const next = await world.node(2n);
      node.answer = failing;
      const execution = world.chain.execute({ dependsOn: [0] });
      await world.pass(20_000);
      expect(outputsOf(world, execution)).to.deep.equal([[0, 2n, FIRST]]);
      expect([...node.reported, ...next.reported]).to.deep.equal([]);
    }),
  );
});
