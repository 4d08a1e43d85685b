import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { expect } from "chai";
import { describe, it } from "mocha";
import { encodeFunctionData, type Hex, pad } from "viem";
import { accountOf } from "../fixtures/chain.ts";
import { createAudit } from "./audit.ts";

const ACCOUNT = accountOf(3);

function settling(outputDigest: Hex, contextHash: Hex = pad("0x01")): Hex {
  const completion = {
    execution: 1n,
    task: 0,
    contextHash,
    outputDigest,
    evidenceDigest: pad("0x00"),
    node: 1n,
    tip: 0n,
  };
  return encodeFunctionData({
    abi: clusterExecutionsAbi,
    functionName: "submitCompletions",
    args: [[{ completion, output: "0x", signature: "0x" }]],
  });
}

function signed(nonce: number, feeWei: bigint, data: Hex = "0x"): Promise<Hex> {
  const fees = { maxFeePerGas: feeWei, maxPriorityFeePerGas: feeWei };
  return ACCOUNT.signTransaction({
    type: "eip1559",
    chainId: 1,
    nonce,
    to: ACCOUNT.address,
    gas: 1n,
    data,
    ...fees,
  });
}

async function verdictOn(...raws: readonly Hex[]): Promise<readonly string[]> {
  const audit = createAudit();
  for (const raw of raws) audit.saw(raw);
  return audit.verdict();
}

describe("the audit of what daemons send", () => {
  it("takes the same bytes again, and a nonce with both fees raised by 15 %", async () => {
    const first = await signed(0, 100n);
    expect(await verdictOn(first, first, await signed(0, 115n), await signed(1, 100n))).to.deep.equal([]);
  });

  it("finds a nonce that comes again with fees not raised enough", async () => {
    const [problem, ...rest] = await verdictOn(await signed(0, 100n), await signed(0, 114n));
    expect(rest).to.deep.equal([]);
    expect(problem).to.match(/^N3: nonce 0/);
  });

  it("takes a nonce begun anew by who has lost its journal, once no pool holds what was sent; and by nobody else", async () => {
    const [first, anew, raised] = [await signed(0, 100n), await signed(0, 50n), await signed(0, 60n)];
    const verdict = async (hasLost: boolean, hasVanished: boolean, ...more: readonly Hex[]) => {
      const audit = createAudit({ nodeOf: () => 1n });
      audit.saw(first);
      if (hasLost) audit.lostJournal(1n);
      if (hasVanished) audit.vanished(ACCOUNT.address, 0);
      for (const raw of [anew, ...more]) audit.saw(raw);
      return audit.verdict();
    };
    expect(await verdict(true, true)).to.deep.equal([]);
    expect(await verdict(true, true, raised)).to.deep.equal([]);
    expect(await verdict(true, true, await signed(0, 51n))).to.have.length(1);
    expect(await verdict(true, false)).to.have.length(1);
    expect(await verdict(false, true)).to.have.length(1);
  });

  it("finds two outputs of one node for one context, in transactions that were never mined", async () => {
    const first = await signed(0, 100n, settling(pad("0x0a")));
    const other = await signed(1, 100n, settling(pad("0x0b")));
    expect(await verdictOn(first, other)).to.have.length(1);
    expect((await verdictOn(first, other))[0]).to.match(/^N4: node 1/);
    expect(await verdictOn(first, await signed(1, 100n, settling(pad("0x0b"), pad("0x02"))))).to.deep.equal(
      [],
    );
  });
});
