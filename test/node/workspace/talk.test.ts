import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { TALK_MESSAGES_MAX } from "../../../node/src/workspace/limits.ts";
import { ALICE, ALPHA, fails, Net, tidyUp } from "./support.ts";

afterEach(tidyUp);

const direct = (to: string) => ({ kind: "direct", to }) as const;

describe("who talks with whom", () => {
  it("is counted by pair over the last messages, for the operator and the owner alone", async () => {
    const net = new Net();
    const one = await net.open(1n, { clusters: [ALPHA] });
    const ada = one.agent(1n);
    await ada.spawnAgent({ name: "scout", role: "looks", goal: "find it", service: "any" });
    const scout = one.helper("scout");
    await ada.sendMessage({ destination: direct("scout"), text: "first" });
    await ada.sendMessage({ destination: direct("scout"), text: `second\n${"long ".repeat(100)}` });
    const answer = await scout.sendMessage({ destination: direct("ada"), text: "found" });
    await ada.sendMessage({ destination: { kind: "broadcast" }, text: "to all" });
    const talk = await one.operator().readTalk();
    expect(talk.messages).to.equal(4);
    expect(talk.pairs.map(({ from, to, messages }) => [from, to, messages])).to.deep.equal([
      ["agent:1", "helper:1/scout", 2],
      ["helper:1/scout", "agent:1", 1],
      ["agent:1", null, 1],
    ]);
    expect(talk.pairs[1]?.lastId).to.equal(answer.id);
    expect(talk.said.map(({ by, to, text }) => [by, to, text])).to.deep.equal([
      ["agent:1", null, "to all"],
      ["helper:1/scout", "agent:1", "found"],
    ]);
    const last = await one.operator().readTalk({ last: 2 });
    expect([last.messages, last.pairs.length]).to.deep.equal([2, 2]);
    await fails(one.operator().readTalk({ last: TALK_MESSAGES_MAX + 1 }), "NUMBER_OUT_OF_RANGE");
    await fails(one.user(ALICE).readTalk(), "OPERATION_NOT_ALLOWED");
  });

  it("is told of one with how it was spawned, and of nobody who is not there", async () => {
    const net = new Net();
    const one = await net.open(1n, { clusters: [ALPHA] });
    await one.operator().spawnAgent({ name: "scout", role: "looks", goal: "find it", service: "any" });
    const scout = await one.operator().aboutAgent("scout");
    expect(scout.agent).to.deep.include({ id: "helper:1/scout", role: "looks" });
    expect(scout.agent.spawnedBy?.id).to.equal("node:1");
    expect(scout.helper).to.deep.include({ goal: "find it", service: "any" });
    expect((await one.operator().aboutAgent("ada")).helper).to.equal(null);
    await one.operator().endAgent("scout");
    await fails(one.operator().aboutAgent("scout"), "RECIPIENT_UNKNOWN");
  });
});
