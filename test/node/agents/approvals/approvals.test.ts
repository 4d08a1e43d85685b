import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  APPROVALS_WAITING_PER_AGENT_MAX,
  type Approvals,
  openApprovals,
} from "../../../../node/src/agents/approvals/approvals.ts";
import { fits } from "../../../../node/src/agents/approvals/rules.ts";
import type { ApprovalRow, ApprovalStore } from "../../../../node/src/agents/approvals/types.ts";
import type { PermissionAnswer, PermissionRequest } from "../../../../node/src/agents/session.ts";
import { type ApprovalRule, approvalRulesSchema } from "../../../../node/src/config/approvals.ts";
import { createMemoryStore } from "../../../../node/src/store/memory.ts";
import { openStore } from "../../../../node/src/store/open.ts";
import { until } from "../../../fixtures/until.ts";
import { CHAIN, logger, temporaryFolder } from "../../store/helpers.ts";
import { expectCode } from "../fixtures/world.ts";

const ADA = { agent: "ada", cluster: 3n };
const REQUEST: PermissionRequest = {
  title: "Run `git push`",
  tool: "Bash",
  input: '{"command":"git push"}',
  options: [
    { id: "o1", label: "Yes", kind: "allowOnce" },
    { id: "o2", label: "Yes, always", kind: "allowAlways" },
    { id: "o3", label: "No", kind: "rejectOnce" },
  ],
};
const OPERATOR = { kind: "operator" } as const;
const LONG_MS = 60_000;

async function approvalsWith(
  rules: readonly ApprovalRule[] = [],
  options: { readonly waitMs?: number; readonly now?: () => number; readonly store?: ApprovalStore } = {},
): Promise<{ approvals: Approvals; store: ApprovalStore }> {
  const store: ApprovalStore = options.store ?? (await createMemoryStore(CHAIN)).approvals;
  const { waitMs = LONG_MS, now } = options;
  const approvals = await openApprovals(
    { rules, waitMs, ...(now === undefined ? {} : { now }) },
    { store, logger },
  );
  return { approvals, store };
}

const asks = (
  approvals: Approvals,
  over: Partial<PermissionRequest> = {},
  signal = new AbortController().signal,
) => approvals.ask(ADA, { ...REQUEST, ...over }, signal);

/** The question that waits, once it does. */
async function waiting(approvals: Approvals): Promise<ApprovalRow> {
  return until("a question waits", async () => (await approvals.waiting())[0]);
}

describe("approvals", () => {
  it("keep a question as it was asked, and hand the answer on", async () => {
    const { approvals } = await approvalsWith([], { now: () => 5 });
    const answer = asks(approvals);
    const row = await waiting(approvals);
    const { id, ...rest } = row;
    expect(rest).to.deep.equal({
      agent: "ada",
      cluster: 3n,
      what: REQUEST.title,
      tool: "Bash",
      input: REQUEST.input,
      options: REQUEST.options,
      createdAtMs: 5,
      deadlineMs: 5 + LONG_MS,
      state: "waiting",
      answer: undefined,
      by: undefined,
      endedAtMs: undefined,
      reason: undefined,
    });
    const ended = await approvals.answer(id, "o3", OPERATOR);
    expect(await answer).to.deep.equal({ option: "o3" });
    expect([ended.state, ended.answer, ended.by]).to.deep.equal(["answered", "o3", OPERATOR]);
    expect(await approvals.waiting()).to.deep.equal([]);
    expect(await approvals.ended(5)).to.deep.equal([ended]);
  });

  it("tell of each question, end and answer for good, once it is on disk, until nobody wants to hear", async () => {
    const { approvals } = await approvalsWith();
    const told: Promise<string>[] = [];
    const end = approvals.onChange(() =>
      told.push(
        Promise.all([approvals.waiting(), approvals.ended(9), approvals.remembered()]).then((all) =>
          all.map(({ length }) => length).join(" "),
        ),
      ),
    );
    const answer = asks(approvals);
    await approvals.answer((await waiting(approvals)).id, "o2", OPERATOR);
    await answer;
    await approvals.revoke((await approvals.remembered())[0]?.id ?? "");
    end();
    await asks(approvals, {}, AbortSignal.abort());
    expect(await Promise.all(told)).to.deep.equal(["1 0 0", "0 1 0", "0 1 1", "0 1 0"]);
  });

  it("tell who asks when a person is asked, and nothing where a rule answers", async () => {
    const { approvals } = await approvalsWith([{ tool: "Read", answer: "allowOnce" }]);
    let told = 0;
    const onWaiting = () => {
      told += 1;
    };
    const signal = new AbortController().signal;
    await approvals.ask({ ...ADA, onWaiting }, { ...REQUEST, tool: "Read" }, signal);
    expect(told).to.equal(0);
    const answer = approvals.ask({ ...ADA, onWaiting }, REQUEST, signal);
    const { id } = await waiting(approvals);
    await until("it is told", () => told === 1);
    await approvals.answer(id, "o1", OPERATOR);
    await answer;
    expect(told).to.equal(1);
  });

  it("are answered with none of the options: the agent is told that it is cancelled", async () => {
    const { approvals } = await approvalsWith();
    const answer = asks(approvals);
    await approvals.answer((await waiting(approvals)).id, undefined, OPERATOR);
    expect(await answer).to.deep.equal({ cancelled: true });
  });

  it("end by themselves when nobody answers in time", async () => {
    const { approvals } = await approvalsWith([], { waitMs: 20 });
    expect(await asks(approvals)).to.deep.equal({ cancelled: true });
    const [row] = await approvals.ended(1);
    expect(row?.state).to.equal("timedOut");
    await expectCode(approvals.answer(row?.id ?? "", "o1", OPERATOR), "APPROVAL_ENDED");
  });

  it("end with the turn or session that asked", async () => {
    const { approvals } = await approvalsWith();
    const stop = new AbortController();
    const answer = asks(approvals, {}, stop.signal);
    await waiting(approvals);
    stop.abort();
    expect(await answer).to.deep.equal({ cancelled: true });
    expect((await approvals.ended(1))[0]).to.include({
      state: "cancelled",
      reason: "the agent's turn or session ended",
    });
    expect(await asks(approvals, {}, stop.signal), "over before it was asked").to.deep.equal({
      cancelled: true,
    });
  });

  it("of an agent that nobody attends are decided by rules alone, at once, and kept", async () => {
    const rules = approvalRulesSchema.parse([{ tool: "Read", answer: "allowOnce" }]);
    const { approvals } = await approvalsWith(rules);
    const asker = { ...ADA, isUnattended: true };
    const { signal } = new AbortController();
    const without = { ...REQUEST, options: REQUEST.options.slice(0, 2) };
    expect(await approvals.ask(asker, { ...REQUEST, tool: "Read" }, signal)).to.deep.equal({ option: "o1" });
    expect(await approvals.ask(asker, REQUEST, signal)).to.deep.equal({ option: "o3" });
    expect(await approvals.ask(asker, without, signal)).to.deep.equal({ cancelled: true });
    expect(await approvals.waiting()).to.deep.equal([]);
    const ended = await approvals.ended(10);
    expect(ended.map(({ state }) => state).toSorted()).to.deep.equal(["answered", "cancelled", "cancelled"]);
  });

  it("let one of two answers stand, and tell the other", async () => {
    const { approvals } = await approvalsWith();
    const answer = asks(approvals);
    const { id } = await waiting(approvals);
    const results = await Promise.allSettled([
      approvals.answer(id, "o1", OPERATOR),
      approvals.answer(id, "o3", OPERATOR),
    ]);
    expect(results.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected"]);
    expect(await answer).to.deep.equal({ option: "o1" });
  });

  it("refuse an answer that the agent did not offer, and an unknown question", async () => {
    const { approvals } = await approvalsWith();
    const answer = asks(approvals);
    const { id } = await waiting(approvals);
    await expectCode(approvals.answer(id, "o9", OPERATOR), "APPROVAL_OPTION_UNKNOWN");
    await expectCode(approvals.answer("nothing", "o1", OPERATOR), "APPROVAL_UNKNOWN");
    await approvals.stop();
    expect(await answer).to.deep.equal({ cancelled: true });
  });

  it("that waited when the daemon died are cancelled at the next start, and say so", async () => {
    await using folder = await temporaryFolder();
    const options = { ...CHAIN, dataFolder: folder.path };
    const first = await openStore(options, { logger });
    const { approvals } = await approvalsWith([], { store: first.approvals });
    const never = asks(approvals);
    const { id } = await waiting(approvals);
    // The daemon is gone: nothing of it runs on, and what is on disk is what there is.
    await first.close();
    const second = await openStore(options, { logger });
    const { approvals: next } = await approvalsWith([], { store: second.approvals });
    expect(await next.waiting()).to.deep.equal([]);
    expect(await next.get(id)).to.include({
      state: "cancelled",
      reason: "the daemon was restarted, and the session was over",
    });
    await expectCode(next.answer(id, "o1", OPERATOR), "APPROVAL_ENDED");
    await second.close();
    void never;
  });

  it("are bounded for each agent: a flood is cancelled, and another agent still asks", async () => {
    const { approvals } = await approvalsWith();
    const flood = Array.from({ length: APPROVALS_WAITING_PER_AGENT_MAX + 5 }, () => asks(approvals));
    const first = await Promise.race(flood);
    expect(first).to.deep.equal({ cancelled: true });
    await until(
      "they wait",
      async () => (await approvals.waiting()).length === APPROVALS_WAITING_PER_AGENT_MAX,
    );
    const other = approvals.ask({ agent: "bob", cluster: 3n }, REQUEST, new AbortController().signal);
    await until(
      "they wait",
      async () => (await approvals.waiting()).length === APPROVALS_WAITING_PER_AGENT_MAX + 1,
    );
    await approvals.stop();
    const answers: PermissionAnswer[] = await Promise.all([...flood, other]);
    expect(answers.every((answer) => "cancelled" in answer)).to.equal(true);
  });

  it("cut what an agent says, and refuse options that could not be given back", async () => {
    const { approvals } = await approvalsWith();
    const answer = asks(approvals, { title: "t".repeat(10_000), input: "i".repeat(100_000) });
    const row = await waiting(approvals);
    expect([row.what.length, row.input?.length, row.input?.endsWith("…")]).to.deep.equal([500, 16_384, true]);
    await approvals.stop();
    await answer;
    const odd = { id: "x".repeat(1_000), label: "", kind: "allowOnce" } as const;
    expect(await asks(approvals, { options: [odd] })).to.deep.equal({ cancelled: true });
    const [same] = REQUEST.options;
    if (same === undefined) throw new Error("no option");
    expect(await asks(approvals, { options: [same, same] })).to.deep.equal({ cancelled: true });
  });

  describe("by rule", () => {
    const rules = approvalRulesSchema.parse([
      { tool: "Bash", pattern: '*"command":"git status*', answer: "allowOnce" },
      { tool: "Bash", pattern: "*rm -rf*", answer: "rejectOnce" },
      { tool: "Read*", answer: "allowOnce" },
      { tool: "Bash", answer: "ask", forMs: 1_000 },
      { tool: "*", answer: "rejectOnce" },
    ]);

    it("the first that fits decides, and the row names it", async () => {
      let nowMs = 1_800_000_000_000;
      // Each a millisecond later: the newest comes first.
      const { approvals } = await approvalsWith(rules, { now: () => nowMs++ });
      expect(await asks(approvals, { input: '{"command":"git status -s"}' })).to.deep.equal({ option: "o1" });
      expect(await asks(approvals, { input: '{"command":"rm -rf /"}' })).to.deep.equal({ option: "o3" });
      expect(await asks(approvals, { tool: "ReadFile", input: undefined })).to.deep.equal({ option: "o1" });
      expect(await asks(approvals, { tool: undefined })).to.deep.equal({ option: "o3" });
      const rows = await approvals.ended(10);
      expect(rows.map(({ by }) => by)).to.deep.equal(
        [5, 3, 2, 1].map((number) => ({ kind: "rule", rule: `approvals.rules ${number}` })),
      );
    });

    it("a person is asked where the agent has no option to allow once", async () => {
      const { approvals } = await approvalsWith(rules);
      const options = REQUEST.options.filter(({ kind }) => kind === "allowAlways");
      const answer = asks(approvals, { tool: "ReadFile", options });
      await approvals.answer((await waiting(approvals)).id, "o2", OPERATOR);
      expect(await answer).to.deep.equal({ option: "o2" });
    });

    it("nothing is allowed by a pattern over an input that was cut", async () => {
      const { approvals } = await approvalsWith(rules);
      const answer = asks(approvals, { input: `{"command":"git status; ${"x".repeat(20_000)}; rm -rf /"}` });
      await waiting(approvals);
      await approvals.stop();
      expect(await answer).to.deep.equal({ cancelled: true });
    });

    it("patterns stand for what they say, and a hostile text takes no long", () => {
      expect(fits("a*c", "abc")).to.equal(true);
      expect(fits("a*c", "ac")).to.equal(true);
      expect(fits("a*c", "acb")).to.equal(false);
      expect(fits("ab*b", "ab"), "no character counts twice").to.equal(false);
      expect(fits("a.c", "abc"), "no other character is special").to.equal(false);
      expect(fits("*", "")).to.equal(true);
      expect(fits("", "x")).to.equal(false);
      const startedAt = performance.now();
      expect(fits("*a*a*a*a*a*a*a*b", "a".repeat(100_000))).to.equal(false);
      expect(performance.now() - startedAt).to.be.below(200);
      // A text is what any pattern made of it says.
      fc.assert(
        fc.property(fc.string(), fc.nat(20), (text, at) => {
          const plain = text.replaceAll("*", "");
          return (
            fits(plain, plain) && fits(`${plain.slice(0, at)}*`, plain) && fits(`*${plain.slice(at)}`, plain)
          );
        }),
      );
    });
  });

  describe("for good", () => {
    it("a person's “always” counts for the same agent, tool and input to the letter, until it is revoked", async () => {
      const { approvals } = await approvalsWith();
      const first = asks(approvals);
      await approvals.answer((await waiting(approvals)).id, "o2", OPERATOR);
      expect(await first).to.deep.equal({ option: "o2" });
      expect(await asks(approvals)).to.deep.equal({ option: "o1" });
      for (const [who, over] of [
        [{ agent: "bob", cluster: 3n }, {}],
        [{ agent: "ada", cluster: 4n }, {}],
        [ADA, { tool: "Shell" }],
        [ADA, { input: '{"command":"git push --force"}' }],
      ] as const) {
        const asked = approvals.ask(who, { ...REQUEST, ...over }, new AbortController().signal);
        await waiting(approvals);
        await approvals.stop();
        expect(await asked, JSON.stringify(over)).to.deep.equal({ cancelled: true });
      }
      const [memory] = await approvals.remembered();
      expect(memory).to.include({ agent: "ada", allow: true, input: REQUEST.input });
      await approvals.revoke(memory?.id ?? "");
      await expectCode(approvals.revoke(memory?.id ?? ""), "APPROVAL_UNKNOWN");
      const again = asks(approvals);
      await waiting(approvals);
      await approvals.stop();
      expect(await again).to.deep.equal({ cancelled: true });
    });

    it("it counts as long as the rule that asked says", async () => {
      let nowMs = 0;
      const rules = approvalRulesSchema.parse([{ tool: "Bash", answer: "ask", forMs: 1_000 }]);
      const { approvals } = await approvalsWith(rules, { now: () => nowMs });
      const first = asks(approvals);
      await approvals.answer((await waiting(approvals)).id, "o2", OPERATOR);
      await first;
      nowMs = 999;
      expect(await asks(approvals)).to.deep.equal({ option: "o1" });
      nowMs = 1_000;
      const late = asks(approvals);
      await waiting(approvals);
      await approvals.stop();
      expect(await late).to.deep.equal({ cancelled: true });
    });

    it("an input that was cut is not remembered", async () => {
      const { approvals } = await approvalsWith();
      const input = "x".repeat(20_000);
      const first = asks(approvals, { input });
      await approvals.answer((await waiting(approvals)).id, "o2", OPERATOR);
      await first;
      expect(await approvals.remembered()).to.deep.equal([]);
    });
  });
});
