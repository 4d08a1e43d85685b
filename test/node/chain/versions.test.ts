import { clusterRegistryAbi } from "@pleiad/sdk/abi/clusterRegistry";
import { expect } from "chai";
import { describe, it } from "mocha";
import {
  type Address,
  concat,
  decodeFunctionData,
  encodeAbiParameters,
  type Hex,
  keccak256,
  numberToHex,
  size,
  slice,
  stringToHex,
  zeroHash,
} from "viem";
import type { Rpc } from "../../../node/src/chain/rpc.ts";
import type { VersionState } from "../../../node/src/chain/state.ts";
import { createVersions, VERSIONS_CACHED_MAX } from "../../../node/src/chain/versions.ts";
import { failure } from "./helpers.ts";

const text = (value: string): Hex => concat([numberToHex(value.length, { size: 2 }), stringToHex(value)]);

const CODE_BYTES_MAX = 24_575;
const REGISTRY: Address = "0x0000000000000000000000000000000000000077";

/** Bytes of a version with one agent and tasks with these prompts, laid out as `VersionCode.sol` documents. */
function dataOf(version: number, prompts: readonly string[] = ["prompt"]): Hex {
  const number = (value: number, size: number): Hex => numberToHex(value, { size });
  const task = concat([
    number(3, 8),
    number(1_000, 12),
    number(8_000, 2),
    number(0, 4),
    number(0, 1),
    number(1, 1),
  ]);
  const texts = ["slug", "Name", "", "", "agent", "role", "goal", ""].map(text);
  const named = prompts.flatMap((prompt, index) => [`task ${index}`, prompt, "", ""].map(text));
  const laidOut = (hashes: readonly Hex[]): Hex =>
    concat([
      ...[number(2, 1), number(7, 8), number(version, 4), number(30, 4), number(50, 12), number(0, 20)],
      ...[number(prompts.length, 1), number(1, 1), number(1, 1), number(1_050, 12)],
      ...[number(3, 1), number(hashes.length, 1)],
      ...prompts.map(() => task),
      ...[number(9, 8), number(0, 4), number(65_535, 2)],
      ...hashes,
      ...texts,
      ...named,
    ]);
  let further = 0;
  while (size(laidOut(Array(further).fill(zeroHash))) > (further + 1) * CODE_BYTES_MAX) further += 1;
  const parts = partsOf(laidOut(Array(further).fill(zeroHash)));
  return laidOut(parts.slice(1).map((part) => keccak256(part)));
}

/** The codes that hold a version, each after a STOP byte. */
function partsOf(data: Hex): Hex[] {
  const count = Math.ceil(size(data) / CODE_BYTES_MAX);
  return Array.from({ length: count }, (_, index) => {
    const end = Math.min(size(data), (index + 1) * CODE_BYTES_MAX);
    return concat(["0x00", slice(data, index * CODE_BYTES_MAX, end)]);
  });
}

interface FakeOptions {
  readonly prompts?: readonly string[];
  readonly changeCode?: (code: Hex) => Hex;
  readonly changeData?: (data: Hex) => Hex;
  /** Endpoints beside the first, which tell the truth. */
  readonly others?: number;
}

/** A chain with as many versions of cluster 7 as are asked for, and a count of what was read. */
function createFake(options: FakeOptions = {}) {
  const { prompts, changeCode = (code) => code, changeData = (data) => data, others = 0 } = options;
  const codes = new Map<Address, Hex>();
  let reads = 0;
  const projection = {
    version(cluster: bigint, version: bigint): VersionState | undefined {
      if (cluster !== 7n) return undefined;
      const [code = "0x"] = partsOf(dataOf(Number(version), prompts));
      const address = numberToHex(version, { size: 20 });
      codes.set(address, code);
      return { version, digest: keccak256(code), code: address, publishedAt: 0n };
    },
  };
  const distrusted: string[] = [];
  const endpointThat = (name: string, isTrue: boolean) => ({
    name,
    async code(address: Address): Promise<Hex> {
      reads += 1;
      const code = codes.get(address) ?? "0x";
      return isTrue ? code : changeCode(code);
    },
    async call({ to, data }: { to: Address; data: Hex }): Promise<Hex> {
      expect(to).to.equal(REGISTRY);
      const { args } = decodeFunctionData({ abi: clusterRegistryAbi, data });
      const whole = dataOf(Number((args as readonly bigint[])[1]), prompts);
      return encodeAbiParameters([{ type: "bytes" }], [isTrue ? whole : changeData(whole)]);
    },
    distrust: () => void distrusted.push(name),
  });
  const endpoints = [endpointThat("first", false), ...(others > 0 ? [endpointThat("second", true)] : [])];
  const rpc = {
    ...endpoints[0],
    health: () => endpoints.map(({ name }) => ({ name, state: "well" })),
    providers: () => endpoints,
  } as unknown as Rpc;
  return {
    versions: createVersions({ rpc, projection, clusterRegistry: REGISTRY }),
    reads: () => reads,
    distrusted,
  };
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
    expect(one.tasks[0]).to.deep.include({ name: "task 0", prompt: "prompt", model: 3n, dependsOn: [] });
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

  it("are had from another endpoint where the first one lies, or has none", async () => {
    const other = (hex: Hex): Hex => concat([hex.slice(0, -2) as Hex, "0xff"]);
    const long = ["x".repeat(30_000), "y".repeat(20_000)];
    for (const options of [{ changeCode: other }, { changeData: other, prompts: long }]) {
      const { versions, distrusted } = createFake({ ...options, others: 1 });
      expect((await versions.get(7n, 1n)).slug).to.equal("slug");
      expect(distrusted).to.deep.equal(["first"]);
    }
    const { versions, distrusted } = createFake({ changeCode: () => "0x", others: 1 });
    expect((await versions.get(7n, 1n)).slug).to.equal("slug");
    expect(distrusted, "it lags").to.deep.equal([]);
  });

  it("takes no code but the one whose hash the log names", async () => {
    const lying = createFake({ changeCode: (code) => concat([code.slice(0, -2) as Hex, "0xff"]) });
    const error = await failure(lying.versions.get(7n, 1n), "RPC_INVALID_ANSWER");
    expect(error.retryable).to.equal(true);
    expect(lying.versions.peek(7n, 1n)).to.equal(undefined);
    const lagging = createFake({ changeCode: () => "0x" });
    expect((await failure(lagging.versions.get(7n, 1n), "VERSION_UNAVAILABLE")).retryable).to.equal(true);
  });

  it("reads what goes on in further codes, and takes nothing that the first one does not bind", async () => {
    const prompts = ["a", "b", "c", "d", "e", "f"].map((letter) => letter.repeat(8_192));
    const { versions } = createFake({ prompts });
    expect((await versions.get(7n, 1n)).tasks.map(({ prompt }) => prompt)).to.deep.equal(prompts);
    for (const changeData of [
      (data: Hex) => concat([data.slice(0, -2) as Hex, "0xff"]),
      (data: Hex) => dataOf(2, [...prompts.slice(1), "x"]) ?? data,
      (data: Hex) => slice(data, 0, 30_000),
    ]) {
      const lying = createFake({ prompts, changeData });
      const error = await failure(lying.versions.get(7n, 1n), "RPC_INVALID_ANSWER");
      expect(error.retryable).to.equal(true);
      expect(lying.versions.peek(7n, 1n)).to.equal(undefined);
    }
  });

  it("knows only what was published", async () => {
    await failure(createFake().versions.get(8n, 1n), "VERSION_UNKNOWN");
  });
});
