import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import {
  type Address,
  concat,
  encodeFunctionData,
  getAddress,
  type Hex,
  hexToBigInt,
  numberToHex,
  pad,
  size,
  slice,
} from "viem";
import {
  acceptedEvent,
  credits,
  earned,
  events,
  readyEvent,
  restoring,
  SKIP,
  secondedEvent,
  skippedEvent,
} from "../fixtures/executions.ts";
import { execute, type SignedItem, signedItem } from "../fixtures/line.ts";
import { createPinnedLine, nodesByRank, publishPinned } from "../fixtures/pinned.ts";
import type { TestNode } from "../fixtures/world.ts";

const line = await createPinnedLine({ tasks: [{ model: 1n }, { model: 2n }] }, 3);
const { executions } = line;
const restore = restoring(line);
const [, sender] = line.wallets;

const WORD_BYTES = 32;
const SELECTOR_BYTES = 4;
/** Numbers that an offset, a length or a field may be replaced by. */
const HOSTILE = [
  ...[0n, 1n, 31n, 32n, 33n, 64n, 288n, 2n ** 16n],
  ...[2n ** 32n - 1n, 2n ** 32n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 255n, 2n ** 256n - 32n, 2n ** 256n - 1n],
];

function encoded(items: readonly SignedItem[]): Hex {
  return encodeFunctionData({ abi: executions.abi, functionName: "submitCompletions", args: [items] });
}

function send(data: Hex): Promise<Hex> {
  return sender?.sendTransaction({ to: executions.address, data }) as Promise<Hex>;
}

/** How many items a call accepts; undefined where it reverts. */
async function acceptedBy(data: Hex, gas?: bigint): Promise<bigint | undefined> {
  const account = sender?.account.address as Address;
  const options = gas === undefined ? {} : { gas };
  const answer = await line.client
    .call({ account, to: executions.address, data, ...options })
    .catch(() => undefined);
  return answer?.data === undefined ? undefined : hexToBigInt(answer.data);
}

/** The first task of a new execution, by the node whose turn it is. */
async function firstItem(): Promise<SignedItem> {
  const { execution } = await execute(line);
  const [node] = await nodesByRank(line, execution, 0);
  return signedItem(line, execution, 0, node as TestNode);
}

/**
 * A batch as no encoder writes it: `order` says which item stands at each place of the list, and items with the same output
 * or signature share its bytes.
 */
function byHand(items: readonly SignedItem[], order: readonly number[]): Hex {
  const heads = WORD_BYTES * order.length;
  const tails: Hex[] = [];
  const places = new Map<Hex, number>();
  let end = heads + 288 * items.length;
  for (const bytes of items.flatMap(({ output, signature }) => [output, signature])) {
    if (places.has(bytes)) continue;
    places.set(bytes, end);
    const padded = Math.ceil(size(bytes) / WORD_BYTES) * WORD_BYTES;
    tails.push(numberToHex(size(bytes), { size: WORD_BYTES }), pad(bytes, { dir: "right", size: padded }));
    end += WORD_BYTES + padded;
  }
  const words = (numbers: readonly number[]) => numbers.map((n) => numberToHex(n, { size: WORD_BYTES }));
  const bodies = items.flatMap((item, i) => {
    const from = heads + 288 * i;
    const alone = encoded([item]);
    const head = SELECTOR_BYTES + 3 * WORD_BYTES;
    const offsets = [item.output, item.signature].map((bytes) => (places.get(bytes) as number) - from);
    return [slice(alone, head, head + 224), ...words(offsets)];
  });
  const list = words([WORD_BYTES, order.length, ...order.map((i) => heads + 288 * i)]);
  return concat([slice(encoded([]), 0, SELECTOR_BYTES), ...list, ...bodies, ...tails]);
}

describe("ClusterExecutions.submitCompletions: calldata written by hand", () => {
  beforeEach(restore);

  it("submitCompletions_calldataCutAnywhere_reverts", async () => {
    const data = encoded([await firstItem(), await firstItem()]);
    expect(await acceptedBy(data)).to.equal(2n);
    for (let length = SELECTOR_BYTES; length < size(data); length++) {
      expect(await acceptedBy(slice(data, 0, length)), `${length} bytes`).to.equal(undefined);
    }
  });

  it("submitCompletions_moreCalldataThanItsItems_succeeds", async () => {
    expect(await acceptedBy(concat([encoded([await firstItem()]), "0xff"]))).to.equal(1n);
  });

  it("submitCompletions_anyWordReplaced_acceptsWhatWasSignedOrNothing", async () => {
    const items = [await firstItem(), await firstItem()];
    const data = encoded(items);
    const whole = new Map(items.map((item) => [item.completion.execution, acceptedEvent(item)]));
    const counts = new Set<bigint | undefined>();
    for (let at = SELECTOR_BYTES; at < size(data); at += WORD_BYTES) {
      const word = hexToBigInt(slice(data, at, at + WORD_BYTES));
      const near = [word - 32n, word - 1n, word + 1n, word + 32n, word ^ (1n << 255n)];
      for (const value of [...HOSTILE, ...near].map((number) => BigInt.asUintN(256, number))) {
        if (value === word) continue;
        const changed = concat([
          slice(data, 0, at),
          numberToHex(value, { size: WORD_BYTES }),
          ...(at + WORD_BYTES < size(data) ? [slice(data, at + WORD_BYTES)] : []),
        ]);
        const count = await acceptedBy(changed);
        counts.add(count);
        if (count === undefined) continue;
        const snapshot = await line.networkHelpers.takeSnapshot();
        const told = await events(line, send(changed));
        const accepted = told.filter(({ event }) => event === "CompletionAccepted");
        const because = `${value} at ${at}`;
        expect(BigInt(accepted.length), because).to.equal(count);
        const answers: { node: bigint; model: bigint }[] = [];
        for (const event of accepted) {
          const { execution, node } = event.args as { execution: bigint; node: bigint };
          expect(event, because).to.deep.equal(whole.get(execution));
          answers.push({ node, model: 1n });
        }
        expect(await credits(line), because).to.deep.equal(earned(answers));
        await snapshot.restore();
      }
    }
    // One of the two is left where the other was spoilt.
    expect(counts).to.include(1n);
    expect(counts).to.include(undefined);
  });

  it("submitCompletions_sameItemAtTwoPlaces_isAcceptedOnce", async () => {
    const item = await firstItem();
    const { execution } = item.completion;
    expect(await events(line, send(byHand([item], [0, 0])))).to.deep.equal([
      acceptedEvent(item),
      skippedEvent(execution, 0, SKIP.TaskCompleted),
      readyEvent(execution, 1),
    ]);
  });

  it("submitCompletions_memberOfAQuorumAtTwoPlaces_countsOnce", async () => {
    const trio = await publishPinned(line, { tasks: [{ model: 1n, quorum: 3 }, { model: 2n }] });
    const { execution } = await execute(trio);
    const items: SignedItem[] = [];
    for (const node of await nodesByRank(trio, execution, 0)) {
      items.push(await signedItem(trio, execution, 0, node));
    }
    const [first, second, third] = items as [SignedItem, SignedItem, SignedItem];
    expect(await acceptedBy(byHand(items, [0, 1, 0, 1, 0]))).to.equal(undefined);
    // All three share the bytes of one output.
    expect(await events(line, send(byHand(items, [1, 1, 0, 2])))).to.deep.equal([
      skippedEvent(execution, 0, SKIP.QuorumOwnerTwice),
      acceptedEvent(second),
      secondedEvent(first),
      secondedEvent(third),
      readyEvent(execution, 1),
    ]);
  });

  it("submitCompletions_outputThatIsItsOwnSignature_isNotValid", async () => {
    const item = await firstItem();
    const odd = { ...item, output: item.signature };
    expect(await acceptedBy(byHand([odd, await firstItem()], [0, 1]))).to.equal(1n);
  });
});

/**
 * A call inside gets 63 of 64 parts of the gas that is left, silently: what fails for want of gas there must not look like an
 * answer. The other part does not pay for the rest of the batch.
 */
describe("ClusterExecutions.submitCompletions: too little gas", () => {
  beforeEach(restore);

  const GAS_MIN = 60_000n;
  const GAS_MAX = 300_000n;
  const STEP_GAS = 499n;

  /** How many items are accepted with gas from too little to more than enough. */
  async function countsOf(items: readonly SignedItem[]): Promise<(bigint | undefined)[]> {
    const counts = new Set<bigint | undefined>();
    for (let gas = GAS_MIN; gas < GAS_MAX; gas += STEP_GAS) counts.add(await acceptedBy(encoded(items), gas));
    return [...counts];
  }

  /** Code that hashes so many bytes, which takes 94,000 gas for 160,000 and 85,000 for 148,000, and says yes. */
  function costly(bytes: number): Hex {
    const magic = `0x1626ba7e${"00".repeat(28)}` as const;
    return concat(["0x62", numberToHex(bytes, { size: 3 }), "0x5f2050", "0x7f", magic, "0x5f5260205ff3"]);
  }

  /** Code that asks another contract and passes on what that answers, also a failure. */
  function passingOn(to: Address): Hex {
    return concat(["0x365f5f37", "0x5f5f365f73", to, "0x5afa", "0x3d5f5f3e6029573d5ffd5b3d5ff3"]);
  }

  it("submitCompletions_quorumAndOneMore_areAllAcceptedOrNothing", async () => {
    const trio = await publishPinned(line, { tasks: [{ model: 1n, quorum: 3 }, { model: 2n }] });
    const items = [await firstItem()];
    const { execution } = await execute(trio);
    for (const node of await nodesByRank(trio, execution, 0)) {
      items.push(await signedItem(trio, execution, 0, node));
    }
    expect(await countsOf(items)).to.have.members([undefined, 4n]);
  });

  for (const [proxies, bytes] of [
    [0, 160_000],
    [1, 160_000],
    [3, 148_000],
  ] as const) {
    it(`submitCompletions_walletBehind${proxies}Proxies_isNotSkippedForWantOfGas`, async () => {
      const owner = line.operators[0] as Address;
      let wallet = getAddress(`0x${"70".repeat(20)}`);
      await line.networkHelpers.setCode(wallet, costly(bytes));
      for (let i = 0; i < proxies; i++) {
        const proxy = getAddress(`0x7${i}${"77".repeat(19)}`);
        await line.networkHelpers.setCode(proxy, passingOn(wallet));
        wallet = proxy;
      }
      await line.models.write.transferFrom([owner, wallet, 1n], { account: owner });
      // Free of charge: behind the wallet's item nothing is left to be written, so the rest needs as little gas as it ever may.
      const tasks = [{ model: 1n, priceWei: 0n }, { model: 2n }];
      const free = await publishPinned(line, { tasks, feeWei: 0n });
      const [before, asked] = [await execute(free), await execute(free)];
      await line.networkHelpers.time.increase(1_000);
      const [node] = line.testNodes as [TestNode];
      const unsigned = await signedItem(free, asked.execution, 0, { ...node, id: 0n });
      const items = [
        await signedItem(free, before.execution, 0, node),
        { ...unsigned, signature: "0x" as Hex },
      ];
      expect(await countsOf(items)).to.have.members([undefined, 2n]);
    });
  }
});
