import { CONTRACT_NAMES, type Deployment } from "@pleiad/sdk/types/deployment";
import { expect } from "chai";
import { describe, it } from "mocha";
import {
  type Abi,
  type AbiEvent,
  type AbiParameter,
  type Address,
  encodeAbiParameters,
  encodeEventTopics,
  type Hex,
  keccak256,
  numberToHex,
  zeroAddress,
  zeroHash,
} from "viem";
import { CONTRACT_ABIS, createEventDecoder } from "../../../node/src/chain/events.ts";
import type { RpcLog } from "../../../node/src/chain/parseLog.ts";

const addresses = CONTRACT_NAMES.map((name, index) => [name, numberToHex(index + 1, { size: 20 })] as const);
const deployment = { chainId: 1, fromBlock: 0n, ...Object.fromEntries(addresses) } as unknown as Deployment;

function zeroOf(parameter: AbiParameter): unknown {
  const { type } = parameter;
  if ("components" in parameter && type === "tuple") {
    return Object.fromEntries(parameter.components.map((part) => [part.name, zeroOf(part)]));
  }
  if (type === "address") return zeroAddress;
  if (type === "bool") return false;
  if (type === "string") return "";
  if (type === "bytes") return "0x";
  if (type === "bytes32") return zeroHash;
  if (type.endsWith("[]")) return [];
  return /^uint(8|16|24|32|40|48)$/.test(type) ? 0 : 0n;
}

/** A log of an event with all arguments zero. */
function logOf(address: Address, event: AbiEvent): RpcLog {
  const values = event.inputs.map(zeroOf);
  const indexed = event.inputs.map(({ name }, index) => [name, values[index]] as const);
  const topics = encodeEventTopics({
    abi: [event],
    eventName: event.name,
    args: Object.fromEntries(indexed),
  } as never);
  const rest = event.inputs.filter((input) => input.indexed !== true);
  return {
    address,
    topics: topics as Hex[],
    data: encodeAbiParameters(rest, rest.map(zeroOf)),
    blockNumber: 5n,
    blockHash: keccak256("0x05"),
    transactionHash: keccak256("0x06"),
    logIndex: 3,
  };
}

describe("events", () => {
  const decoder = createEventDecoder(deployment);
  const all = addresses.flatMap(([name, address]) =>
    (CONTRACT_ABIS[name] as Abi)
      .filter((item) => item.type === "event")
      .map((event) => ({ name, event, log: logOf(address, event) })),
  );

  it("decodes every event that the contracts have", () => {
    expect(all.length).to.be.above(25);
    for (const { name, event, log } of all) {
      const [decoded] = decoder.decode([log]);
      expect(decoded, `${name}.${event.name}`).to.deep.include({
        contract: name,
        eventName: event.name,
        transactionHash: log.transactionHash,
        logIndex: 3,
      });
    }
  });

  it("leaves out what is no event of the contract that said it", () => {
    const foreign = { ...(all[0]?.log as RpcLog), topics: [keccak256("0x77")] };
    const anonymous = { ...foreign, topics: [] };
    const stranger = { ...(all[0]?.log as RpcLog), address: numberToHex(99, { size: 20 }) };
    expect(decoder.decode([foreign, anonymous, stranger])).to.deep.equal([]);
  });

  it("rejects a known event that is not as its ABI says", () => {
    for (const { name, event, log } of all.filter((entry) => entry.log.data !== "0x")) {
      const cut = { ...log, data: "0x00" as const };
      expect(() => decoder.decode([cut]), `${name}.${event.name}`)
        .to.throw()
        .with.property("code", "RPC_INVALID_ANSWER");
    }
  });
});
