import { keccak256, parseEther, toHex, zeroHash } from "viem";
import { completionOf, execute } from "../fixtures/line.ts";
import { createPeriphery, gasOf, type Periphery, settledRun } from "../fixtures/periphery.ts";
import type { TestNode } from "../fixtures/world.ts";
import type { GasScenario } from "./scenarios.ts";

const FEEDBACK = ["starred", "", "", "", zeroHash] as const;

function agentOf(line: Periphery): bigint {
  return line.agentIds[0] as bigint;
}

async function giveFeedback(line: Periphery, value: bigint): Promise<bigint> {
  const args = [agentOf(line), value, 0, ...FEEDBACK] as const;
  return gasOf(line, await line.reputation.write.giveFeedback(args, { account: line.requester }));
}

async function givePaidFeedback(line: Periphery): Promise<bigint> {
  const { execution } = await settledRun(line);
  const args = [agentOf(line), 90n, 0, ...FEEDBACK, execution] as const;
  return gasOf(line, await line.reputation.write.givePaidFeedback(args, { account: line.requester }));
}

function nodeOf(line: Periphery): TestNode {
  return line.testNodes[0] as TestNode;
}

async function bond(line: Periphery): Promise<bigint> {
  const { id, owner } = nodeOf(line);
  const value = parseEther("1");
  return gasOf(line, await line.bonds.write.bond([id], { account: owner, value }));
}

/** Proves an equivocation of the first node; answers the gas. */
async function proveEquivocation(line: Periphery): Promise<bigint> {
  const { execution } = await execute(line);
  const node = nodeOf(line);
  const { completion } = await completionOf(line, execution, 0, node.id);
  const [a, b] = ["one", "two"].map((text) => ({ ...completion, outputDigest: keccak256(toHex(text)) }));
  if (a === undefined || b === undefined) throw new Error("two outputs make two completions");
  const signatures = [await line.sign(node.key, a), await line.sign(node.key, b)] as const;
  const args = [a, signatures[0], b, signatures[1]] as const;
  return gasOf(line, await line.bonds.write.proveEquivocation(args, { account: line.stranger }));
}

/** Every scenario of the periphery, in `GAS_SCENARIOS` after those of the core. */
export const PERIPHERY_GAS_SCENARIOS: readonly GasScenario[] = [
  {
    name: "agent.setMetadata",
    description: "set 32 bytes of an agent's metadata under a new key",
    async measure() {
      const line = await createPeriphery();
      const args = [agentOf(line), "key", keccak256("0x")] as const;
      return gasOf(line, await line.agents.write.setMetadata(args, { account: line.clusterOwner }));
    },
  },
  {
    name: "agent.transfer",
    description: "transfer an agent whose wallet is its owner; the wallet is cleared",
    async measure() {
      const line = await createPeriphery();
      const args = [line.clusterOwner, line.requester, agentOf(line)] as const;
      return gasOf(line, await line.agents.write.transferFrom(args, { account: line.clusterOwner }));
    },
  },
  {
    name: "feedback.plain",
    description: "plain feedback with one tag, a client's second on the agent",
    ceilingGas: 100_000n,
    async measure() {
      const line = await createPeriphery();
      await giveFeedback(line, 50n);
      return giveFeedback(line, 87n);
    },
  },
  {
    name: "feedback.plain.cold",
    description: "the same, the first on the agent",
    async measure() {
      return giveFeedback(await createPeriphery(), 87n);
    },
  },
  {
    name: "feedback.paid",
    description: "feedback with its proof of payment, model with three nodes, a client's second on the agent",
    ceilingGas: 275_000n,
    async measure() {
      const line = await createPeriphery();
      await givePaidFeedback(line);
      return givePaidFeedback(line);
    },
  },
  {
    name: "bond.add",
    description: "add to a node's bond",
    ceilingGas: 50_000n,
    async measure() {
      const line = await createPeriphery();
      await bond(line);
      return bond(line);
    },
  },
  {
    name: "bond.proveEquivocation",
    description: "prove a node's second equivocation, for a requester that has something to claim",
    ceilingGas: 130_000n,
    async measure() {
      const line = await createPeriphery();
      await bond(line);
      await proveEquivocation(line);
      return proveEquivocation(line);
    },
  },
  {
    name: "bond.proveEquivocation.cold",
    description: "the same, the first",
    async measure() {
      const line = await createPeriphery();
      await bond(line);
      return proveEquivocation(line);
    },
  },
];
