import { expect } from "chai";
import { describe, it } from "mocha";
import { AgentError } from "../../../../node/src/agents/errors.ts";
import { askAgain } from "../../../../node/src/agents/http/askAgain.ts";
import { expectCode } from "../fixtures/world.ts";

const never = new AbortController().signal;

describe("asking again", () => {
  it("does so after a fault that passes, and after no other", async () => {
    for (const [code, times] of [
      ["AGENT_HTTP_LIMITED", 2],
      ["AGENT_HTTP_UNAVAILABLE", 2],
      ["AGENT_HTTP_UNREACHABLE", 2],
      ["AGENT_HTTP_STALLED", 2],
      ["AGENT_HTTP_REFUSED", 1],
      ["AGENT_REFUSED", 1],
      ["AGENT_TIMED_OUT", 1],
    ] as const) {
      let asked = 0;
      const ask = async (): Promise<string> => {
        asked += 1;
        if (asked === 1) throw new AgentError(code, "no", { retryAfterMs: 1 });
        return "yes";
      };
      const answer = askAgain(ask, never, () => 1_000);
      if (times === 2) expect(await answer, code).to.equal("yes");
      else await expectCode(answer, code);
      expect(asked, code).to.equal(times);
    }
  });

  it("stops waiting when the run is stopped", async () => {
    const controller = new AbortController();
    const ask = async (): Promise<never> => {
      setImmediate(() => controller.abort());
      throw new AgentError("AGENT_HTTP_LIMITED", "no", { retryAfterMs: 60_000 });
    };
    await expectCode(
      askAgain(ask, controller.signal, () => 100_000),
      "AGENT_STOPPED",
    );
  });

  it("waits by itself where the server names no time, and not where no time is left", async () => {
    const startedAt = performance.now();
    let asked = 0;
    const ask = async (): Promise<string> => {
      asked += 1;
      if (asked === 1) throw new AgentError("AGENT_HTTP_UNREACHABLE", "no");
      return "yes";
    };
    expect(await askAgain(ask, never, () => 10_000)).to.equal("yes");
    expect(performance.now() - startedAt).to.be.greaterThan(490);
    asked = 0;
    await expectCode(
      askAgain(ask, never, () => 100),
      "AGENT_HTTP_UNREACHABLE",
    );
  });
});
