import { expect } from "chai";
import { describe, it } from "mocha";
import { keccak256, stringToBytes, zeroHash } from "viem";
import type { SignedCompletion } from "../../../node/src/chain/journal.ts";
import {
  createStatements,
  STATEMENT_TASKS_MAX,
  STATEMENTS_MAX,
  STATEMENTS_PER_NODE_MAX,
} from "../../../node/src/work/statements.ts";

const digest = (text: string) => keccak256(stringToBytes(text));

function said(
  text: string,
  change: {
    readonly node?: bigint;
    readonly execution?: bigint;
    readonly task?: number;
    readonly context?: string;
  } = {},
): SignedCompletion {
  const { node = 2n, execution = 1n, task = 0, context = "context" } = change;
  const completion = {
    execution,
    task,
    contextHash: digest(context),
    outputDigest: digest(text),
    evidenceDigest: zeroHash,
    node,
    tip: 0n,
  };
  return { completion, signature: digest(`${text} signed`) };
}

describe("createStatements", () => {
  it("twoOutputsForOneContext_areAContradiction_once", () => {
    const statements = createStatements();
    expect(statements.add(said("one"))).to.equal(undefined);
    expect(statements.add(said("one")), "to sign that twice is no lie").to.equal(undefined);
    expect(statements.add(said("two"))).to.deep.equal({ a: said("one"), b: said("two") });
    expect(statements.add(said("two"))).to.equal(undefined);
    expect(statements.add(said("three"))).to.equal(undefined);
  });

  it("anotherNodeExecutionTaskOrContext_isNoContradiction", () => {
    const statements = createStatements();
    statements.add(said("one"));
    for (const change of [{ node: 3n }, { execution: 2n }, { task: 1 }, { context: "other" }]) {
      expect(statements.add(said("two", change)), JSON.stringify(Object.keys(change))).to.equal(undefined);
    }
    expect(statements.add(said("one", { node: 0n })), "an owner has no bond").to.equal(undefined);
    expect(statements.add(said("two", { node: 0n }))).to.equal(undefined);
    expect(statements.add(said("one", { task: STATEMENT_TASKS_MAX }))).to.equal(undefined);
    expect(statements.add(said("two", { task: STATEMENT_TASKS_MAX }))).to.equal(undefined);
  });

  it("aNodeThatSaysMuch_pushesOutItsOwnStatementsAlone", () => {
    const statements = createStatements();
    statements.add(said("one", { node: 9n }));
    for (let i = 0; i <= STATEMENTS_PER_NODE_MAX; i++) statements.add(said("one", { execution: BigInt(i) }));
    expect(statements.add(said("two", { execution: 0n })), "its oldest is forgotten").to.equal(undefined);
    const last = BigInt(STATEMENTS_PER_NODE_MAX);
    expect(statements.add(said("two", { execution: last })), "its newest is not").to.not.equal(undefined);
    expect(statements.add(said("two", { node: 9n })), "nor another's").to.not.equal(undefined);
  });

  it("whereAllTogetherAreTooMany_theNodeThatSaidMostGivesWay", () => {
    const statements = createStatements();
    statements.add(said("one", { node: 1n }));
    const nodes = STATEMENTS_MAX / STATEMENTS_PER_NODE_MAX;
    for (let node = 2n; node < 2n + BigInt(nodes); node++) {
      for (let i = 0; i < STATEMENTS_PER_NODE_MAX; i++)
        statements.add(said("one", { node, execution: BigInt(i) }));
    }
    expect(statements.add(said("two", { node: 1n })), "who said little is still known").to.not.equal(
      undefined,
    );
  });
});
