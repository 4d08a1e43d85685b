import type { SignedCompletion } from "../chain/journal.ts";

/** Signed answers of one node that are kept to be compared with its later ones: more than it signs in an hour. */
export const STATEMENTS_PER_NODE_MAX = 512;
/** Signed answers of all nodes: about 700 bytes each. Beyond it, the node of which most are kept loses its oldest. */
export const STATEMENTS_MAX = 16_384;
/** What contracts take as the number of a version's tasks; a completion of a higher one is of no execution. */
export const STATEMENT_TASKS_MAX = 32;

/** Two statements of one node for one execution, task and context, with different outputs. */
export interface Contradiction {
  readonly a: SignedCompletion;
  readonly b: SignedCompletion;
}

/** What nodes have signed of late: of each node, execution, task and context the first statement, and the first that contradicts it. */
export interface Statements {
  /** @returns the contradiction, once: when a statement makes it */
  add(statement: SignedCompletion): Contradiction | undefined;
}

export function createStatements(): Statements {
  /** By node, the oldest statement first. */
  const nodes = new Map<bigint, Map<string, { readonly a: SignedCompletion; isContradicted: boolean }>>();
  let total = 0;

  function dropOldest(node: bigint): void {
    const statements = nodes.get(node);
    const [oldest] = statements?.keys() ?? [];
    if (statements === undefined || oldest === undefined) return;
    statements.delete(oldest);
    total -= 1;
    if (statements.size === 0) nodes.delete(node);
  }

  function fullest(): bigint {
    let most = { node: 0n, size: 0 };
    for (const [node, { size }] of nodes) if (size > most.size) most = { node, size };
    return most.node;
  }

  return {
    add({ completion, signature }) {
      const { node, execution, task, contextHash, outputDigest } = completion;
      if (node === 0n || task >= STATEMENT_TASKS_MAX) return undefined;
      const key = `${execution}:${task}:${contextHash.toLowerCase()}`;
      const known = nodes.get(node)?.get(key);
      if (known !== undefined) {
        const isSame = known.a.completion.outputDigest.toLowerCase() === outputDigest.toLowerCase();
        if (isSame || known.isContradicted) return undefined;
        known.isContradicted = true;
        return { a: known.a, b: { completion, signature } };
      }
      const statements = nodes.get(node) ?? new Map();
      nodes.set(node, statements.set(key, { a: { completion, signature }, isContradicted: false }));
      total += 1;
      if (statements.size > STATEMENTS_PER_NODE_MAX) dropOldest(node);
      if (total > STATEMENTS_MAX) dropOldest(fullest());
      return undefined;
    },
  };
}
