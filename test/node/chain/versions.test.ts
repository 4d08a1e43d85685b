import { expect } from "chai";
import { describe, it } from "mocha";
import { type Address, concat, type Hex, keccak256, numberToHex, stringToHex } from "viem";
import type { VersionState } from "../../../node/src/chain/state.ts";
import { createVersions, VERSIONS_CACHED_MAX } from "../../../node/src/chain/versions.ts";
import { failure } from "./helpers.ts";

const text = (value: string): Hex => concat([numberToHex(value.length, { size: 2 }), stringToHex(value)]);

/** Code of a version with one agent and one task, laid out as `VersionCode.sol` documents. */
function codeOf(version: number): Hex {
  const number = (value: number, size: number): Hex => numberToHex(value, { size });
  const header = [
    number(1, 1),
    number(7, 8),
    number(version, 4),
    number(30, 4),
    number(50, 12),
    number(0, 20),
  ];
  const counts = [number(1, 1), number(1, 1), number(1, 1), number(1_050, 12)];
  const task = [number(3, 8), number(1_000, 12), number(8_000, 2), number(0, 4), number(0, 1), number(1, 1)];
  const texts = ["slug", "Name", "", "agent", "role", "goal", "", "task", "prompt", ""].map(text);
  return concat(["0x00", ...header, ...counts, ...task, number(9, 8), ...texts]);
}

/** A chain with as many versions of cluster 7 as are asked for, and a count of what was read. */
function createFake(change: (code: Hex) => Hex = (code) => code) {
  const codes = new Map<Address, Hex>();
  let reads = 0;
  const projection = {
    version(cluster: bigint, version: bigint): VersionState | undefined {
      if (cluster !== 7n) return undefined;
      const code = codeOf(Number(version));
      const address = numberToHex(version, { size: 20 });
      codes.set(address, code);
      return { version, digest: keccak256(code), code: address };
    },
  };
  const rpc = {
    async code(address: Address): Promise<Hex> {
      reads += 1;
      return change(codes.get(address) ?? "0x");
    },
  };
  return { versions: createVersions({ rpc, projection }), reads: () => reads };
}

describe("versions", () => {
  it("reads a version once, and keeps it", async () => {
    const { versions, reads } = createFake();
    expect(versions.peek(7n, 1n)).to.equal(undefined);
    const [one, two] = await Promise.all([versions.get(7n, 1n), versions.get(7n, 1n)]);
    expect(one).to.equal(two);
    expect(versions.peek(7n, 1n)).to.equal(one);
    expect(await versions.get(7n, 1n)).to.equal(one);
    expect(reads()).to.equal(1);
    expect(one).to.deep.include({
      cluster: 7n,
      version: 1n,
      windowSeconds: 30,
      slug: "slug",
      quoteWei: 1_050n,
    });
    expect(one.tasks[0]).to.deep.include({ name: "task", prompt: "prompt", model: 3n, dependsOn: [] });
  });

  it("keeps a bounded number, those used last", async () => {
    const { versions, reads } = createFake();
    for (let version = 1; version <= VERSIONS_CACHED_MAX; version += 1)
      await versions.get(7n, BigInt(version));
    await versions.get(7n, 1n);
    await versions.get(7n, BigInt(VERSIONS_CACHED_MAX + 1));
    const before = reads();
    await versions.get(7n, 1n);
    expect(reads(), "the first was used and is kept").to.equal(before);
    await versions.get(7n, 2n);
    expect(reads(), "the second was forgotten").to.equal(before + 1);
  });

  it("takes no code but the one whose hash the log names", async () => {
    const lying = createFake((code) => concat([code.slice(0, -2) as Hex, "0xff"]));
    const error = await failure(lying.versions.get(7n, 1n), "RPC_INVALID_ANSWER");
    expect(error.retryable).to.equal(true);
    expect(lying.versions.peek(7n, 1n)).to.equal(undefined);
    const lagging = createFake(() => "0x");
    expect((await failure(lagging.versions.get(7n, 1n), "VERSION_UNAVAILABLE")).retryable).to.equal(true);
  });

  it("knows only what was published", async () => {
    await failure(createFake().versions.get(8n, 1n), "VERSION_UNKNOWN");
  });
});
