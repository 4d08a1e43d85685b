import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import type { Hex } from "viem";
import { MESSAGES_PER_NODE_MAX } from "../../../node/src/workspace/limits.ts";
import { readEntry } from "../../../node/src/workspace/views/entryTypes.ts";
import { createMessagesView } from "../../../node/src/workspace/views/messages.ts";
import { fails, NOW_MS, OWNER, threeNodes, tidyUp } from "./support.ts";
import { entry } from "./views/support.ts";

afterEach(tidyUp);

const direct = (to: string) => ({ kind: "direct", to }) as const;
const BROADCAST = { kind: "broadcast" } as const;
const texts = ({ messages }: { readonly messages: readonly { readonly text: string }[] }) =>
  messages.map(({ text }) => text);

describe("the feed of a cluster", () => {
  it("shows its owner what all said, to whom, and what each recipient said of it, and leaves no trace", async () => {
    const { net, one, two } = await threeNodes();
    await one.agent(1n).sendMessage({ destination: direct("ben"), text: "to ben" });
    const { id } = await two.agent(2n).sendMessage({ destination: BROADCAST, text: "to all" });
    await net.settle();
    await one.agent(1n).ackMessage([id]);
    await net.settle();
    const feed = await one.user(OWNER).readFeed();
    expect(feed.self.id).to.equal(`user:${OWNER}`);
    expect(feed).to.include({ total: 2, hasEarlier: false, hasLater: false, isWhole: true });
    const rows = feed.messages.map(({ from, text, isForReader, receipts }) => [
      from.name,
      text,
      isForReader,
      receipts.map(({ recipient, acknowledgedAtMs }) => [recipient.name, acknowledgedAtMs]),
    ]);
    expect(rows).to.have.deep.members([
      ["ada", "to ben", false, [["ben", undefined]]],
      ["ben", "to all", true, [["ada", NOW_MS]]],
    ]);
    expect(await two.agent(2n).inboxCounts()).to.include({ unread: 1, delivered: 0 });
  });

  it("goes through many backwards, forwards and around one, each once", async () => {
    const { one } = await threeNodes();
    const ids: Hex[] = [];
    for (let at = 0; at < 10; at += 1)
      ids.push((await one.agent(1n).sendMessage({ destination: BROADCAST, text: `${at}` })).id);
    const on = one.operator();
    const last = await on.readFeed({ limit: 4 });
    expect(texts(last)).to.deep.equal(["6", "7", "8", "9"]);
    expect(last).to.include({ total: 10, hasEarlier: true, hasLater: false });
    const before = await on.readFeed({ at: ids[6] as Hex, limit: 4 });
    expect(texts(before)).to.deep.equal(["2", "3", "4", "5"]);
    expect(before).to.include({ hasEarlier: true, hasLater: true });
    const first = await on.readFeed({ at: ids[2] as Hex, limit: 4 });
    expect(texts(first)).to.deep.equal(["0", "1"]);
    expect(first.hasEarlier).to.equal(false);
    const after = await on.readFeed({ at: ids[7] as Hex, direction: "after", limit: 4 });
    expect(texts(after)).to.deep.equal(["8", "9"]);
    expect(after).to.include({ hasEarlier: true, hasLater: false });
    const around = await on.readFeed({ at: ids[5] as Hex, direction: "around", limit: 4 });
    expect(texts(around)).to.deep.equal(["3", "4", "5", "6"]);
    await fails(on.readFeed({ at: `0x${"ab".repeat(32)}` }), "MESSAGE_UNKNOWN");
    await fails(on.readFeed({ limit: 201 }), "NUMBER_OUT_OF_RANGE");
  });

  it("is narrowed by agent, topic, thread and box", async () => {
    const { net, one, two } = await threeNodes();
    const ada = one.agent(1n);
    await two.agent(2n).subscribeTopic("builds");
    await one.operator().subscribeTopic("builds");
    await net.settle();
    const { id } = await ada.sendMessage({ destination: direct("node:1"), text: "to the operator" });
    await ada.sendMessage({ destination: { kind: "topic", topic: "builds" }, text: "it is red" });
    await ada.sendMessage({ destination: direct("cleo"), text: "to cleo" });
    await two.agent(2n).sendMessage({ destination: direct("cleo"), text: "ben to cleo" });
    await one.operator().sendMessage({ destination: direct("ada"), text: "thanks", replyTo: id });
    await net.settle();
    const on = one.operator();
    expect(texts(await on.readFeed({ agent: "cleo" }))).to.have.members(["to cleo", "ben to cleo"]);
    expect(texts(await on.readFeed({ agent: "agent:2" }))).to.deep.equal(["ben to cleo"]);
    expect(texts(await on.readFeed({ agent: "nobody" }))).to.deep.equal([]);
    expect(texts(await on.readFeed({ topic: "builds" }))).to.deep.equal(["it is red"]);
    expect(texts(await on.readFeed({ thread: id }))).to.deep.equal(["to the operator", "thanks"]);
    expect(texts(await on.readFeed({ box: "sent" }))).to.deep.equal(["thanks"]);
    expect(texts(await on.readFeed({ box: "all" }))).to.deep.equal(["to the operator", "it is red"]);
    await on.ackMessage([id]);
    expect(texts(await on.readFeed({ box: "inbox" }))).to.deep.equal(["it is red"]);
  });

  it("says when the oldest may no longer be kept", () => {
    const view = createMessagesView();
    for (let at = 0; at < MESSAGES_PER_NODE_MAX; at += 1) {
      expect(view.isWhole()).to.equal(true);
      const said = readEntry({
        ...entry(1, at + 1, "message.sent", { to: { broadcast: true }, text: `${at}` }),
        type: "message.sent",
      });
      if (said === undefined) throw new Error(`entry ${at} cannot be read`);
      view.apply(said);
    }
    expect(view.isWhole()).to.equal(false);
  });
});
