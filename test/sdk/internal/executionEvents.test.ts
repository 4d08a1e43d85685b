import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { expect } from "chai";
import { describe, it } from "mocha";
import { type Address, encodeAbiParameters, encodeEventTopics, type Hex, keccak256, type Log } from "viem";
import { executionEventsOf } from "../../../sdk/src/internal/executionEvents.ts";
import { filterOfExecution } from "../../../sdk/src/internal/logs.ts";

const CONTRACT: Address = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const EVIDENCE = keccak256("0x01");
const PLACE = { blockNumber: 7n, blockHash: keccak256("0x02"), transactionHash: keccak256("0x03") };

function seconded(node: bigint, logIndex: number, address: Address = CONTRACT): Log {
  const topics = encodeEventTopics({
    abi: clusterExecutionsAbi,
    eventName: "CompletionSeconded",
    args: { execution: 4n, node },
  }) as [Hex, ...Hex[]];
  return logOf(
    topics,
    encodeAbiParameters([{ type: "uint256" }, { type: "bytes32" }], [1n, EVIDENCE]),
    logIndex,
    address,
  );
}

function tipped(execution: bigint, amountWei: bigint, logIndex: number): Log {
  const topics = encodeEventTopics({
    abi: clusterExecutionsAbi,
    eventName: "TipCredited",
    args: { execution, to: CONTRACT },
  }) as [Hex, ...Hex[]];
  return logOf(topics, encodeAbiParameters([{ type: "uint256" }], [amountWei]), logIndex);
}

function logOf(topics: [Hex, ...Hex[]], data: Hex, logIndex: number, address: Address = CONTRACT): Log {
  return {
    address,
    topics,
    data,
    ...PLACE,
    logIndex,
    transactionIndex: 0,
    removed: false,
    blockTimestamp: 1n,
  } as Log;
}

describe("executionEventsOf", () => {
  it("is asked for all of these events, but the skips, of one execution", () => {
    const { topics } = filterOfExecution(4n);
    const [selectors, execution] = topics as [readonly Hex[], Hex];
    expect(selectors).to.include(seconded(3n, 1).topics[0]);
    expect(selectors).to.have.length(6);
    expect(execution).to.equal(seconded(3n, 1).topics[1]);
  });

  it("tells who agreed to the answer of a quorum's task, in the order of the log", () => {
    const other: Address = "0x0000000000000000000000000000000000000001";
    const { seconds, completions } = executionEventsOf(
      [seconded(3n, 1), seconded(8n, 2, other), seconded(2n, 3)],
      CONTRACT,
    );
    expect(completions).to.deep.equal([]);
    const said = { ...PLACE, execution: 4n, task: 1, evidenceDigest: EVIDENCE, tipWei: 0n };
    expect(seconds).to.deep.equal([
      { ...said, node: 3n, logIndex: 1 },
      { ...said, node: 2n, logIndex: 3 },
    ]);
  });

  it("takes who agreed for the giver of the tip that was credited right before, in the same execution", () => {
    const logs = [tipped(4n, 5n, 1), seconded(3n, 2), tipped(9n, 7n, 3), seconded(2n, 4)];
    const { seconds } = executionEventsOf(logs, CONTRACT);
    expect(seconds.map(({ tipWei }) => tipWei)).to.deep.equal([5n, 0n]);
  });
});
