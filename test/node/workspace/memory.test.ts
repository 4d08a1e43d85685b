import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import type { Hex } from "viem";
import type { EmbeddingPort } from "../../../node/src/workspace/ports.ts";
import { createEmbeddings } from "../../../node/src/workspace/recall/embeddings.ts";
import { ALPHA, BOB, codeOf, fails, Net, threeNodes, tidyUp } from "./support.ts";

afterEach(tidyUp);

const textsOf = ({ memories }: { memories: readonly { readonly text: string }[] }) =>
  memories.map(({ text }) => text);

/** Vectors by what a text is about, as a model might see it. */
const ABOUT: Readonly<Record<string, readonly number[]>> = {
  dog: [1, 0.1],
  puppy: [0.9, 0.2],
  invoice: [0, 1],
};
class EmbeddingsFake implements EmbeddingPort {
  calls = 0;
  answer: "right" | "fails" | "wrong" = "right";
  async embed(texts: readonly string[]) {
    this.calls += 1;
    if (this.answer === "fails")
      throw new PleiadError("no answer", { code: "EMBEDDING_UNREACHABLE", retryable: true });
    if (this.answer === "wrong") return [[Number.NaN]];
    return texts.map(
      (text) => Object.entries(ABOUT).find(([word]) => text.includes(word))?.[1] ?? [0.1, 0.1],
    );
  }
}

describe("memory", () => {
  it("is found by its words, the best first, by whoever works for its user on any node", async () => {
    const { net, one, two } = await threeNodes();
    await one.agent(1n).remember({ text: "The shop's database is PostgreSQL", tags: ["database"] });
    await one.agent(1n).remember({ text: "Deployments go out on Tuesdays, the database last" });
    await one.agent(1n).remember({ text: "The logo is blue" });
    await net.settle();
    const found = await two.agent(2n).recall({ query: "which databse do we use" });
    expect(textsOf(found)).to.deep.equal([
      "The shop's database is PostgreSQL",
      "Deployments go out on Tuesdays, the database last",
    ]);
    expect(found.vectors).to.equal("off");
    expect(found.memories[0]?.author.name).to.equal("ada");
    expect(found.memories[0]?.scope).to.equal("cluster");
    expect(textsOf(await two.agent(2n).recall({ query: "database", limit: 1 }))).to.have.length(1);
    expect(textsOf(await two.agent(2n).recall({ query: "deployments", tags: ["database"] }))).to.deep.equal(
      [],
    );
    expect(textsOf(await two.agent(2n, BOB).recall({ query: "database" }))).to.deep.equal([]);
    await two.agent(2n).remember({ text: "The database has a replica" });
    expect(textsOf(await two.agent(2n).recall({ query: "replica" }))).to.deep.equal([
      "The database has a replica",
    ]);
  });

  it("is found equally on every node", async () => {
    const { net, one, two, three } = await threeNodes();
    for (let at = 0; at < 6; at++) {
      await one.agent(1n).remember({ text: `tea number ${at}` });
      await two.agent(2n).remember({ text: `tea for ${at}, and more tea` });
      await two.agent(2n).recall({ query: "tea" });
    }
    await net.settle();
    const [a, b, c] = await Promise.all(
      [one, two, three].map(
        async (node) => (await node.operator().recall({ query: "tea", limit: 50 })).memories,
      ),
    );
    expect(b).to.deep.equal(a);
    expect(c).to.deep.equal(a);
    expect(a).to.have.length(12);
  });

  it("is listed newest first, some at a time", async () => {
    const { one } = await threeNodes();
    const ada = one.agent(1n);
    for (const text of ["first", "second", "third"]) {
      await ada.remember({ text });
      one.wall.ms += 1_000;
    }
    const newest = await ada.listMemories({ limit: 2 });
    expect(newest.memories.map(({ text }) => text)).to.deep.equal(["third", "second"]);
    expect(newest).to.include({ total: 3, hasEarlier: true });
    const before = newest.memories[1]?.id as Hex;
    const rest = await ada.listMemories({ before });
    expect(rest.memories.map(({ text }) => text)).to.deep.equal(["first"]);
    expect(rest.hasEarlier).to.equal(false);
    await fails(ada.listMemories({ before: `0x${"ab".repeat(32)}` }), "MEMORY_UNKNOWN");
  });

  it("once forgotten stays so, on all nodes and after a restart", async () => {
    const { net, one, two } = await threeNodes();
    const { id } = await one.agent(1n).remember({ text: "a secret recipe", requestId: "r" });
    expect((await one.agent(1n).remember({ text: "a secret recipe", requestId: "r" })).id).to.equal(id);
    await net.settle();
    expect(textsOf(await two.agent(2n).recall({ query: "recipe" }))).to.have.length(1);
    await two.agent(2n).forget(id);
    await net.settle();
    expect(textsOf(await one.agent(1n).recall({ query: "recipe" }))).to.deep.equal([]);
    await fails(one.agent(1n).forget(id), "MEMORY_UNKNOWN");
    await one.workspace.stop();
    const again = await net.open(1n, { again: one });
    expect(textsOf(await again.agent(1n).recall({ query: "recipe" }))).to.deep.equal([]);
  });

  it("of an agent in no cluster stays with it, over a restart, and no other agent sees it", async () => {
    const net = new Net();
    const one = await net.open(1n);
    const lone = one.agent(10n);
    const own = await lone.remember({ text: "I speak French", tags: ["self"], requestId: "r" });
    expect((await lone.remember({ text: "I speak French", requestId: "r" })).id).to.equal(own.id);
    expect(own.scope).to.equal("agent");
    await one.workspace.stop();
    const again = await net.open(1n, { again: one });
    expect(textsOf(await again.agent(10n).recall({ query: "french" }))).to.deep.equal(["I speak French"]);
    net.chain.agents.get(10n)?.clusters.push(ALPHA);
    const shared = await again.agent(10n).remember({ text: "The cluster speaks French, too" });
    expect(shared.scope).to.equal("cluster");
    expect(textsOf(await again.agent(10n).recall({ query: "french" }))).to.have.length(2);
    expect(textsOf(await again.agent(1n).recall({ query: "french" }))).to.deep.equal([shared.text]);
    expect(textsOf(await again.agent(10n, BOB).recall({ query: "french" }))).to.deep.equal([]);
    await fails(again.agent(1n).forget(own.id), "MEMORY_UNKNOWN");
    net.chain.agents.get(10n)?.clusters.splice(0);
    expect(textsOf(await again.agent(10n).recall({ query: "french" }))).to.deep.equal(["I speak French"]);
    await again.agent(10n).forget(own.id);
    expect(textsOf(await again.agent(10n).recall({ query: "french" }))).to.deep.equal([]);
  });

  it("of an agent that was damaged on the disk is not shown", async () => {
    const net = new Net();
    const one = await net.open(1n);
    await one.agent(10n).remember({ text: "I speak French" });
    const backend = one.backends.get("private");
    for await (const [key] of backend?.entries("private/") ?? [])
      await backend?.write([{ key, value: new TextEncoder().encode("{}") }], true);
    expect(textsOf(await one.agent(10n).recall({ query: "french" }))).to.deep.equal([]);
  });
});

describe("memory with an embedding endpoint", () => {
  async function withVectors() {
    const embeddings = new EmbeddingsFake();
    const net = new Net();
    const one = await net.open(1n, { embeddings });
    for (const text of ["We own a puppy", "The invoice is due", "Nothing much"])
      await one.agent(1n).remember({ text });
    return { embeddings, one };
  }

  it("is found by its meaning, too, and asks for each vector once", async () => {
    const { embeddings, one } = await withVectors();
    const found = await one.agent(1n).recall({ query: "dog" });
    expect(found.vectors).to.equal("used");
    expect(textsOf(found)[0]).to.equal("We own a puppy");
    expect(embeddings.calls).to.equal(2);
    await one.agent(1n).recall({ query: "invoice" });
    expect(embeddings.calls).to.equal(3);
  });

  it("puts first what words and meaning agree on", async () => {
    const { one } = await withVectors();
    await one.agent(1n).remember({ text: "The dog has a collar" });
    expect(textsOf(await one.agent(1n).recall({ query: "dog" }))[0]).to.equal("The dog has a collar");
  });

  it("is found by its words where the endpoint fails or answers wrongly, and says so", async () => {
    const { embeddings, one } = await withVectors();
    for (const answer of ["fails", "wrong"] as const) {
      embeddings.answer = answer;
      const found = await one.agent(1n).recall({ query: "invoice" });
      expect(found.vectors).to.equal("failed");
      expect(textsOf(found)).to.deep.equal(["The invoice is due"]);
    }
  });

  it("reads the answers of such endpoints, in whatever order they come", async () => {
    const asked: unknown[] = [];
    const make = (answer: unknown) =>
      createEmbeddings(
        { model: "small" },
        {
          post: async (body) => {
            asked.push(body);
            return answer;
          },
        },
      );
    const data = [
      { object: "embedding", index: 1, embedding: [2] },
      { object: "embedding", index: 0, embedding: [1] },
    ];
    expect(await make({ object: "list", data }).embed(["a", "b"])).to.deep.equal([[1], [2]]);
    expect(asked).to.deep.equal([{ model: "small", input: ["a", "b"], encoding_format: "float" }]);
    for (const wrong of [null, { data: [{ index: 0, embedding: "AAAA" }] }, { error: "no" }])
      expect(await codeOf(make(wrong).embed(["a"]))).to.equal("EMBEDDING_INVALID");
  });
});
