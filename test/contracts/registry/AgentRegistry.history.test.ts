import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { type Address, getAddress, type Hex, parseEventLogs, zeroAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { createChain, deployRegistries, type Registries, registerModel } from "../fixtures/registries.ts";

const SEED_DEFAULT = 20_251;
/** Another seed gives other histories: `PLEIAD_TEST_SEED=7 hardhat test mocha …`. */
const SEED = Number(process.env.PLEIAD_TEST_SEED ?? SEED_DEFAULT);
const RUNS = Number(process.env.PLEIAD_TEST_RUNS ?? 15);
const STEPS_MIN = 30;
const STEPS_MAX = 60;
const KEYS = ["a", "b", "c"] as const;

const { connection, networkHelpers } = await createChain();
const wallet = privateKeyToAccount(`0x${"55".repeat(32)}`);

/** An agent as the log alone tells it. */
interface AgentRecord {
  owner: Address;
  model: bigint;
  uri: string;
  metadata: Map<string, Hex>;
}

/** Folds the registry's whole log. */
async function foldAgents({ client, agents }: Registries): Promise<AgentRecord[]> {
  const logs = await client.getLogs({ address: agents.address, fromBlock: 0n, toBlock: "latest" });
  const records: AgentRecord[] = [];
  for (const { eventName, args } of parseEventLogs({ abi: agents.abi, logs, strict: true })) {
    if (eventName === "Registered") {
      records.push({ owner: args.owner, model: 0n, uri: args.agentURI, metadata: new Map() });
    } else if (eventName === "MetadataSet") {
      records[Number(args.agentId)]?.metadata.set(args.metadataKey, args.metadataValue);
    } else if (eventName === "URIUpdated")
      Object.assign(records[Number(args.agentId)] ?? {}, { uri: args.newURI });
    else if (eventName === "AgentModelSet")
      Object.assign(records[Number(args.agentId)] ?? {}, { model: args.model });
    else if (eventName === "Transfer" && args.from !== zeroAddress) {
      Object.assign(records[Number(args.tokenId)] ?? {}, { owner: args.to });
    }
  }
  return records;
}

/** Does one thing that an owner does; the numbers that choose it are drawn from `step`. */
async function play(registries: Registries, step: number): Promise<string> {
  const { agents, alice, bob, carol, chainId } = registries;
  const people = [alice, bob, carol];
  const count = Number(await agents.read.agentCount());
  const account = people[step % 3] as Address;
  const key = KEYS[(step >> 4) % 3] as string;
  const value: Hex = step % 5 === 0 ? "0x" : `0x${(step >> 3).toString(16).padStart(70, "0")}`;
  if (count === 0 || step % 17 === 0) {
    const ways = [
      () => agents.write.register({ account }),
      () => agents.write.register([`https://${step}.example.org`], { account }),
      () => agents.write.register(["", [{ metadataKey: key, metadataValue: value }]], { account }),
      () => agents.write.register([`0x${step.toString(16).padStart(64, "0")}`, 1n], { account }),
    ];
    await ways[(step >> 2) % 4]?.();
    return `register ${(step >> 2) % 4}`;
  }
  const agent = BigInt((step >> 6) % count);
  const owner = await agents.read.ownerOf([agent]);
  const to = people[(step >> 10) % 3] as Address;
  const sent = { account: owner };
  const setWallet = async () => {
    const deadline = BigInt(await networkHelpers.time.latest()) + 100n;
    const signature = await wallet.signTypedData({
      domain: {
        name: "ERC8004IdentityRegistry",
        version: "1",
        chainId,
        verifyingContract: agents.address,
      },
      types: {
        AgentWalletSet: [
          { name: "agentId", type: "uint256" },
          { name: "newWallet", type: "address" },
          { name: "owner", type: "address" },
          { name: "deadline", type: "uint256" },
        ],
      },
      primaryType: "AgentWalletSet",
      message: { agentId: agent, newWallet: wallet.address, owner, deadline },
    });
    await agents.write.setAgentWallet([agent, wallet.address, deadline, signature], sent);
  };
  const ways: Record<string, () => Promise<unknown>> = {
    setMetadata: () => agents.write.setMetadata([agent, key, value], sent),
    setAgentURI: () => agents.write.setAgentURI([agent, `https://${step}.example.org`], sent),
    setAgentDigest: () =>
      agents.write.setAgentDigest([agent, `0x${step.toString(16).padStart(64, "0")}`], sent),
    setModel: () => agents.write.setModel([agent, BigInt((step >> 8) % 3)], sent),
    setAgentWallet: setWallet,
    unsetAgentWallet: () => agents.write.unsetAgentWallet([agent], sent),
    transfer: () => agents.write.transferFrom([owner, to, agent], sent),
  };
  const names = Object.keys(ways);
  const name = names[(step >> 12) % names.length] as string;
  await ways[name]?.();
  return name;
}

async function compare({ agents }: Registries, records: readonly AgentRecord[]): Promise<void> {
  expect(await agents.read.agentCount()).to.equal(BigInt(records.length));
  for (const [index, { owner, model, uri, metadata }] of records.entries()) {
    const id = BigInt(index);
    expect(await agents.read.ownerAndModelOf([id]), `agent ${id}`).to.deep.equal([owner, model]);
    expect(await agents.read.tokenURI([id]), `URI of agent ${id}`).to.equal(uri);
    for (const key of [...KEYS, "agentWallet"]) {
      const expected = metadata.get(key) ?? "0x";
      expect(await agents.read.getMetadata([id, key]), `${key} of agent ${id}`).to.equal(expected);
    }
    const told = metadata.get("agentWallet") ?? "0x";
    expect(await agents.read.getAgentWallet([id]), `wallet of agent ${id}`).to.equal(
      told === "0x" ? zeroAddress : getAddress(told),
    );
  }
}

describe("C18: the log rebuilds the agents", () => {
  it(`history_agentsChangeAndMove_foldsToWhatTheRegistryHolds (PLEIAD_TEST_SEED=${SEED})`, async () => {
    const registries = await deployRegistries(connection);
    for (let i = 0; i < 2; i++) await registerModel(registries, registries.alice);
    const start = await networkHelpers.takeSnapshot();
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 2 ** 24 }), { minLength: STEPS_MIN, maxLength: STEPS_MAX }),
        async (steps) => {
          await start.restore();
          for (const step of steps) seen.add(await play(registries, step));
          await compare(registries, await foldAgents(registries));
        },
      ),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
    expect(seen.size, [...seen].join(", ")).to.equal(11);
  }).timeout(10_000 * RUNS);
});
