import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import type { Hex } from "viem";
import type { ContextValue } from "../../../node/src/workspace/types.ts";
import { createContextView } from "../../../node/src/workspace/views/context.ts";
import { readEntry } from "../../../node/src/workspace/views/entryTypes.ts";
import { ALICE, ALPHA, fails, Net, threeNodes, tidyUp } from "./support.ts";
import { entry } from "./views/support.ts";

afterEach(tidyUp);

describe("context", () => {
  it("converges to the last write by the log's order, with a history, whoever heard what first", async () => {
    const { net, one, two } = await threeNodes();
    await one.agent(1n).writeContext({ key: "plan", value: "first" });
    two.wall.ms += 5;
    await two.agent(2n).writeContext({ key: "plan", value: "second" });
    await net.settle();
    for (const node of [one, two]) {
      const history = await node.operator().readContext({ key: "plan", history: true });
      expect(history.map(({ value, writer }) => [value, writer.name])).to.deep.equal([
        ["second", "ben"],
        ["first", "ada"],
      ]);
    }
    const { version } = await two.agent(2n).deleteContext({ key: "plan" });
    await fails(two.agent(2n).readContext({ key: "plan" }), "CONTEXT_KEY_UNKNOWN");
    const [gone] = await two.agent(2n).readContext({ key: "plan", history: true });
    expect(gone).to.deep.include({ value: null, version });
    await fails(two.agent(2n).deleteContext({ key: "plan" }), "CONTEXT_KEY_UNKNOWN");
    expect(await two.agent(2n).readContext()).to.deep.equal([]);
  });

  it("has a history that is read from its newest on, some at a time, also of what was deleted", async () => {
    const { one } = await threeNodes();
    const ada = one.agent(1n);
    for (const value of ["a", "b", "c"]) await ada.writeContext({ key: "plan", value });
    await one.operator().deleteContext({ key: "plan" });
    const first = await ada.readContextHistory({ key: "plan", limit: 2 });
    expect(first.versions.map(({ value, writer }) => [value, writer.name])).to.deep.equal([
      [null, "node:1"],
      ["c", "ada"],
    ]);
    expect(first).to.include({ hasEarlier: true, isWhole: true });
    const before = first.versions[1]?.version as Hex;
    const rest = await ada.readContextHistory({ key: "plan", before });
    expect(rest.versions.map(({ value }) => value)).to.deep.equal(["b", "a"]);
    expect(rest.hasEarlier).to.equal(false);
    await fails(ada.readContextHistory({ key: "plan", before: `0x${"ab".repeat(32)}` }), "VERSION_UNKNOWN");
    expect((await ada.readContextHistory({ key: "none" })).versions).to.deep.equal([]);
    await fails(ada.readContextHistory({ key: "plan", limit: 51 }), "NUMBER_OUT_OF_RANGE");
  });

  it("has keys that are listed with the size of their values, and without these", async () => {
    const { one } = await threeNodes();
    const { version } = await one.agent(1n).writeContext({ key: "plan/1", value: "é" });
    await one.agent(1n).writeContext({ key: "other", value: "x" });
    const [key, ...more] = await one.operator().listContext({ prefix: "plan/" });
    expect(more).to.deep.equal([]);
    expect(key).to.deep.include({ key: "plan/1", version, bytes: 2 });
    expect(key).to.not.have.property("value");
  });

  it("says when older versions may no longer be kept", () => {
    const view = createContextView({ keysPerNodeMax: 10, writesPerNodeMax: 2 });
    const write = (sequence: number) => {
      const one = entry(1, sequence, "context.written", { key: "k", value: `${sequence}` });
      const said = readEntry({ ...one, type: "context.written" });
      if (said !== undefined) view.apply(said);
      return view.isWhole();
    };
    expect([write(1), write(2), write(3)]).to.deep.equal([true, false, false]);
    expect(view.history("k")).to.have.length(2);
  });

  it("lists values by prefix", async () => {
    const { one } = await threeNodes();
    for (const key of ["a/1", "b/1", "a/2"]) await one.agent(1n).writeContext({ key, value: key });
    const keys = (await one.agent(1n).readContext({ prefix: "a/" })).map(({ key }) => key);
    expect(keys).to.deep.equal(["a/1", "a/2"]);
  });

  it("says of a writer what it wrote last, also where others wrote over it, or deleted it", async () => {
    const { net, one, two } = await threeNodes();
    const writtenBy = (writer: string) => writer === "node:1";
    const said = async () =>
      (await two.operator().readContext({ prefix: "a/", writtenBy })).map(({ key, value }) => [key, value]);
    await one.operator().writeContext({ key: "a/1", value: "open" });
    await one.operator().writeContext({ key: "b/1", value: "another" });
    await net.settle();
    two.wall.ms += 5;
    await two.agent(2n).writeContext({ key: "a/1", value: "mine" });
    await two.agent(2n).writeContext({ key: "a/2", value: "mine" });
    expect(await said()).to.deep.equal([["a/1", "open"]]);
    await two.agent(2n).deleteContext({ key: "a/1" });
    expect(await said()).to.deep.equal([["a/1", "open"]]);
    await net.settle();
    one.wall.ms += 10;
    await one.operator().writeContext({ key: "a/1", value: "again" });
    await one.operator().deleteContext({ key: "a/1" });
    await net.settle();
    expect(await said(), "and what it took back").to.deep.equal([["a/1", null]]);
  });

  it("tells watchers what stands now, also when the log is told anew, until they may read no more", async () => {
    const { net, one, two } = await threeNodes();
    await one.agent(1n).writeContext({ key: "a/1", value: "before" });
    const heard: ContextValue[] = [];
    const ends: string[] = [];
    one.agent(1n).watchContext(
      { prefix: "a/" },
      {
        onValue: (value) => heard.push(value),
        onEnd: (reason) => ends.push((reason as { code?: string }).code ?? ""),
      },
    );
    two.wall.ms += 5;
    await two.agent(2n).writeContext({ key: "a/1", value: "now" });
    await two.agent(2n).writeContext({ key: "b/1", value: "elsewhere" });
    await net.settle();
    expect(heard.map(({ value }) => value)).to.deep.equal(["now"]);
    await one.logs.get(ALPHA)?.rebuild();
    expect(heard).to.have.length(1);
    net.chain.agents.get(1n)?.clusters.splice(0);
    await two.agent(2n).writeContext({ key: "a/1", value: "secret" });
    await net.settle();
    expect(heard).to.have.length(1);
    expect(ends).to.deep.equal(["AGENT_NOT_IN_CLUSTER"]);
  });

  it("tells watchers that the cluster was closed", async () => {
    const { one } = await threeNodes();
    const ends: string[] = [];
    const watcher = {
      onValue() {},
      onEnd: (reason: Error) => ends.push((reason as { code?: string }).code ?? ""),
    };
    one.agent(1n).watchContext({}, watcher);
    one.agent(1n).watchContext({}, watcher)();
    await one.workspace.close(ALPHA);
    expect(ends).to.deep.equal(["CLUSTER_NOT_OPEN"]);
  });

  it("answers from the whole log while it is told anew", async () => {
    const { one } = await threeNodes();
    for (let at = 0; at < 50; at++) await one.agent(1n).writeContext({ key: `k${at}`, value: "v" });
    const rebuilt = one.logs.get(ALPHA)?.rebuild();
    await Promise.resolve();
    expect(await one.agent(1n).readContext()).to.have.length(50);
    await rebuilt;
    const again = one.logs.get(ALPHA)?.rebuild();
    await Promise.resolve();
    const answer = await one.workspace.answerHome(2n, {
      cluster: ALPHA,
      request: "r",
      writer: "agent:2",
      target: { view: "context", key: "k7", value: "w" },
      ifVersion: null,
    });
    expect(answer.kind).to.equal("conflict");
    await again;
  });
});

describe("the home of a cluster", () => {
  it("lets one of two win that write against the same version, and tells the other what stands", async () => {
    const { net, two, three } = await threeNodes();
    const { version } = await two.agent(2n).writeContext({ key: "lock", value: "free" });
    await net.settle();
    const tries = await Promise.allSettled([
      two.agent(2n).writeContext({ key: "lock", value: "ben", ifVersion: version }),
      three.agent(3n).writeContext({ key: "lock", value: "cleo", ifVersion: version }),
    ]);
    expect(tries.map(({ status }) => status).sort()).to.deep.equal(["fulfilled", "rejected"]);
    await net.settle();
    const [standing] = await three.agent(3n).readContext({ key: "lock" });
    expect(standing?.decidedBy).to.equal(1n);
    expect(["ben", "cleo"]).to.include(standing?.writer.name);
    const details = await fails(
      two.agent(2n).writeContext({ key: "lock", value: "x", ifVersion: version }),
      "VERSION_CONFLICT",
    );
    expect(details.current).to.deep.equal({
      version: standing?.version,
      value: standing?.value,
      writer: standing?.writer.id,
    });
  });

  it("writes only where there is no value, and deletes only the version named", async () => {
    const { net, one, two } = await threeNodes();
    const { version } = await two.agent(2n).writeContext({ key: "k", value: "v", ifVersion: null });
    await net.settle();
    await fails(two.agent(2n).writeContext({ key: "k", value: "w", ifVersion: null }), "VERSION_CONFLICT");
    const other = `0x${"ab".repeat(32)}` as const;
    await fails(two.agent(2n).deleteContext({ key: "k", ifVersion: other }), "VERSION_CONFLICT");
    await two.agent(2n).deleteContext({ key: "k", ifVersion: version });
    const again = await one.agent(1n).writeContext({ key: "k", value: "anew", ifVersion: null });
    expect((await one.agent(1n).readContext({ key: "k" }))[0]?.version).to.equal(again.version);
  });

  it("fulfils a request once, also when its answer was lost and when it was started again", async () => {
    const { net, one, two } = await threeNodes();
    const asked = { key: "k", value: "v", ifVersion: null, requestId: "r-1" } as const;
    net.answersLost = 1;
    await fails(two.agent(2n).writeContext(asked), "HOME_UNREACHABLE");
    await one.workspace.stop();
    const again = await net.open(1n, { again: one });
    const { version } = await two.agent(2n).writeContext(asked);
    expect((await two.agent(2n).writeContext(asked)).version).to.equal(version);
    expect(await again.operator().readContext({ key: "k", history: true })).to.have.length(1);
    await fails(
      two.agent(2n).updateRules({ text: "t", ifVersion: null, requestId: "r-1" }),
      "REQUEST_REUSED",
    );
  });

  it("is not needed for a plain write, and its absence is said, to be tried again", async () => {
    const { net, two } = await threeNodes();
    net.unreachable.add(1n);
    await two.agent(2n).writeContext({ key: "k", value: "v" });
    const asked = { key: "free", value: "v", ifVersion: null, requestId: "r-2" } as const;
    expect(await fails(two.agent(2n).writeContext(asked), "HOME_UNREACHABLE")).to.include({
      requestId: "r-2",
    });
    net.unreachable.clear();
    await two.agent(2n).writeContext(asked);
    net.chain.homeNode = undefined;
    await fails(two.agent(2n).writeContext({ ...asked, requestId: "r-3" }), "HOME_UNREACHABLE");
  });

  it("is not waited for longer than it may take", async () => {
    const net = new Net();
    await net.open(1n);
    const two = await net.open(2n, { homeTimeoutMs: 20 });
    net.silent.add(1n);
    await fails(two.agent(2n).writeContext({ key: "k", value: "v", ifVersion: null }), "HOME_UNREACHABLE");
  });

  it("does not decide against a version that it has not seen yet", async () => {
    const { net, two } = await threeNodes();
    const { version } = await two.agent(2n).writeContext({ key: "k", value: "v" });
    // Node 1 lacks that entry: it must not say that there is no value.
    await fails(two.agent(2n).writeContext({ key: "k", value: "w", ifVersion: version }), "HOME_UNREACHABLE");
    await two.agent(2n).deleteContext({ key: "k" });
    await net.settle();
    await two.agent(2n).writeContext({ key: "k", value: "w", ifVersion: null });
  });

  it("answers members alone, for whom they may speak, and only while it is the home", async () => {
    const { one, two } = await threeNodes();
    const request = {
      cluster: ALPHA,
      request: "r",
      writer: "agent:2",
      target: { view: "context", key: "k", value: "v" },
      ifVersion: null,
    } as const;
    const codeFrom = async (node: bigint, changes: object = {}) => {
      const answer = await one.workspace.answerHome(node, { ...request, ...changes });
      return answer.kind === "refused" ? answer.code : answer.kind;
    };
    expect(await codeFrom(9n)).to.equal("NOT_A_MEMBER");
    expect(await codeFrom(3n)).to.equal("AUTHOR_NOT_SERVED");
    expect(await codeFrom(3n, { writer: "helper:2/scout" })).to.equal("AUTHOR_NOT_SERVED");
    expect(await codeFrom(3n, { writer: "node:2" })).to.equal("AUTHOR_NOT_SERVED");
    const asked = await two.workspace.answerHome(3n, request);
    expect(asked).to.deep.include({ kind: "refused", code: "HOME_UNREACHABLE", retryable: true });
    expect(await codeFrom(2n)).to.equal("written");
    await one.workspace.close(ALPHA);
    expect(await codeFrom(2n)).to.equal("HOME_UNREACHABLE");
  });
});

describe("rules", () => {
  it("are one document with versions, that a home decides where one is named", async () => {
    const { net, one, two } = await threeNodes();
    expect(await one.agent(1n).readRules()).to.equal(null);
    const first = await one.agent(1n).updateRules({ text: "be kind", requestId: "r" });
    expect(await one.agent(1n).updateRules({ text: "be kind", requestId: "r" })).to.deep.equal(first);
    await net.settle();
    expect((await two.agent(2n).registerAgent()).rulesVersion).to.equal(first.version);
    const second = await two.agent(2n).updateRules({ text: "be brief", ifVersion: first.version });
    await net.settle();
    const read = await two.user(ALICE).readRules();
    expect(read).to.deep.include({ text: "be brief", version: second.version });
    expect(read?.writer.name).to.equal("ben");
    await fails(one.agent(1n).updateRules({ text: "x", ifVersion: first.version }), "VERSION_CONFLICT");
  });

  it("have a history with who wrote each version", async () => {
    const { one, two, net } = await threeNodes();
    expect(await one.agent(1n).readRulesHistory()).to.deep.equal({
      versions: [],
      hasEarlier: false,
      isWhole: true,
    });
    const { version } = await one.agent(1n).updateRules({ text: "be kind" });
    await net.settle();
    await two.agent(2n).updateRules({ text: "be brief" });
    const { versions } = await two.agent(2n).readRulesHistory();
    expect(versions.map(({ text, writer }) => [text, writer.name])).to.deep.equal([
      ["be brief", "ben"],
      ["be kind", "ada"],
    ]);
    expect(versions[1]?.version).to.equal(version);
  });

  it("are there after a restart", async () => {
    const net = new Net();
    const first = await net.open(1n);
    const rules = await first.agent(1n).updateRules({ text: "be kind" });
    await first.workspace.stop();
    const again = await net.open(1n, { again: first });
    expect(await again.agent(1n).readRules()).to.deep.equal(rules);
  });
});
