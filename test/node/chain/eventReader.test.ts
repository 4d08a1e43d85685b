import { CONTRACT_NAMES } from "@pleiad/sdk/types/deployment";
import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  type Abi,
  type AbiEvent,
  type AbiParameter,
  decodeEventLog,
  encodeAbiParameters,
  getAddress,
  type Hex,
  keccak256,
  stringToHex,
  toEventSelector,
} from "viem";
import { createEventReader } from "../../../node/src/chain/eventReader.ts";
import { CONTRACT_ABIS } from "../../../node/src/chain/events.ts";

const RUNS = 40;
const SEED = 7;

const EVENTS = CONTRACT_NAMES.flatMap((name) =>
  (CONTRACT_ABIS[name] as Abi)
    .filter((item): item is AbiEvent => item.type === "event")
    .map((event) => [`${name}.${event.name}`, event] as const),
);

const hex = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((value): Hex => `0x${Buffer.from(value).toString("hex")}`);

/** Any value of a parameter, as viem takes it. */
function someOf(parameter: AbiParameter): fc.Arbitrary<unknown> {
  const { type } = parameter;
  if (type === "tuple" && "components" in parameter) {
    const parts = parameter.components.map((part) =>
      someOf(part).map((value) => [part.name ?? "", value] as const),
    );
    return fc.tuple(...parts).map((entries) => Object.fromEntries(entries));
  }
  if (type.endsWith("[]"))
    return fc.array(someOf({ ...parameter, type: type.slice(0, -2) }), { maxLength: 4 });
  if (type === "address") return hex(20).map((value) => getAddress(value));
  if (type === "bool") return fc.boolean();
  if (type === "string") return fc.oneof(fc.string(), fc.constant("\u{feff}a \u{1f30c} ü"));
  if (type === "bytes")
    return fc.uint8Array({ maxLength: 100 }).map((value): Hex => `0x${Buffer.from(value).toString("hex")}`);
  if (type.startsWith("bytes")) return hex(Number(type.slice(5)));
  const bits = Number(type.slice(4));
  const number = fc.oneof(
    fc.constant(0n),
    fc.constant(2n ** BigInt(bits) - 1n),
    fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n }),
  );
  return bits <= 48 ? number.map(Number) : number;
}

/** An event's log as a contract writes it. */
function logOf(event: AbiEvent): fc.Arbitrary<{ topics: [Hex, ...Hex[]]; data: Hex }> {
  return fc.tuple(...event.inputs.map(someOf)).map((values) => {
    const inputs = event.inputs.map((input, index) => ({ input, value: values[index] }));
    const topics = inputs
      .filter(({ input }) => input.indexed)
      .map(({ input, value }) =>
        input.type === "string"
          ? keccak256(stringToHex(value as string))
          : encodeAbiParameters([input], [value]),
      );
    const rest = inputs.filter(({ input }) => !input.indexed);
    const data = encodeAbiParameters(
      rest.map(({ input }) => input),
      rest.map(({ value }) => value),
    );
    return { topics: [toEventSelector(event), ...topics], data };
  });
}

describe("event reader", () => {
  it("knows most of the contracts' events", () => {
    const unknown = EVENTS.filter(([, event]) => createEventReader(event) === undefined).map(
      ([name]) => name,
    );
    expect(unknown.length, unknown.join(", ")).to.be.below(EVENTS.length / 5);
  });

  for (const [name, event] of EVENTS) {
    const read = createEventReader(event);
    if (read === undefined) continue;

    it(`reads what viem reads: ${name}`, () => {
      fc.assert(
        fc.property(logOf(event), ({ topics, data }) => {
          const { args } = decodeEventLog({ abi: [event], topics, data, strict: true });
          expect(read(topics, data)).to.deep.equal(args ?? {});
        }),
        { numRuns: RUNS, seed: SEED },
      );
    });

    it(`leaves to viem what is cut, longer or spoiled: ${name}`, () => {
      fc.assert(
        fc.property(logOf(event), fc.nat(), fc.nat(15), ({ topics, data }, place, digit) => {
          expect(read(topics.slice(0, -1), data), "a topic less").to.equal(undefined);
          expect(read([...topics, topics[0]], data), "a topic more").to.equal(undefined);
          expect(read(topics, `${data}00`), "a byte more").to.equal(undefined);
          if (data.length > 2)
            expect(read(topics, data.slice(0, -2) as Hex), "a byte less").to.equal(undefined);
          if (data.length === 2) return;
          const at = 2 + (place % (data.length - 2));
          const spoiled = `${data.slice(0, at)}${digit.toString(16)}${data.slice(at + 1)}` as Hex;
          const found = read(topics, spoiled);
          // What it does read of spoiled data is what viem reads.
          if (found !== undefined)
            expect(found).to.deep.equal(
              decodeEventLog({ abi: [event], topics, data: spoiled, strict: true }).args,
            );
        }),
        { numRuns: RUNS, seed: SEED },
      );
    });
  }
});
