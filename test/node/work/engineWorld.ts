import { PleiadError } from "@pleiad/sdk/errors";
import { bytesToString } from "viem";
import { createWorld, type TestNode, type World } from "./world.ts";

/** Runs a test in a world of its own and checks at the end that nothing of it is left. */
export function inWorld(
  test: (world: World) => Promise<void>,
  options: Parameters<typeof createWorld>[0] = {},
): () => Promise<void> {
  return async () => {
    const world = createWorld(options);
    try {
      await test(world);
    } finally {
      await world.close();
    }
  };
}

export async function three(world: World): Promise<[TestNode, TestNode, TestNode]> {
  return [await world.node(1n), await world.node(2n), await world.node(3n)];
}

export const outputsOf = (world: World, execution: bigint) =>
  [...world.chain.execution(execution).completed].map(([task, { node, output }]) => [
    task,
    node,
    output === undefined ? "by reference" : bytesToString(output),
  ]);

export const FIRST = "task 0 of (input 1)";
export const SECOND = `task 1 of (${FIRST})`;
export const THIRD = `task 2 of (${SECOND})`;

/** The error of an agent, with what it says about another attempt. */
export function agentError(
  code: string,
  advice: { retryable: boolean; retriesMax?: number; retryAfterMs?: number },
) {
  const { retryable, ...rest } = advice;
  return Object.assign(new PleiadError(`the agent failed: ${code}`, { code, retryable }), rest);
}
