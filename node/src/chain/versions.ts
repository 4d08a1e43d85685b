import { clusterRegistryAbi } from "@pleiad/sdk/abi/clusterRegistry";
import { decodeVersion } from "@pleiad/sdk/actions/decodeVersion";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Version } from "@pleiad/sdk/types/version";
import { type Address, decodeFunctionResult, encodeFunctionData, type Hex, keccak256 } from "viem";
import { chainFailure, hasCode } from "./errors.ts";
import type { ProjectionReader } from "./projection.ts";
import type { Provider, Rpc } from "./rpc.ts";
import type { VersionState } from "./state.ts";

/** A version is at most 56 KiB; as many as a busy node works with at once. */
export const VERSIONS_CACHED_MAX = 128;

/** Code of a version begins with a STOP byte, so that it cannot be run. Characters of hex, with "0x". */
const STOP_CHARACTERS = 4;

/** What versions say: read once, checked against the digest that the log names, then kept. */
export interface Versions {
  /**
   * @throws PleiadError VERSION_UNKNOWN, VERSION_UNAVAILABLE (retryable), RPC_INVALID_ANSWER (retryable) when the
   * code is not what the log says; the errors of `Rpc`
   */
  get(cluster: bigint, version: bigint): Promise<Version>;
  /** The version if it was read before; never waits. */
  peek(cluster: bigint, version: bigint): Version | undefined;
}

type Endpoint = Pick<Rpc, "code" | "call">;

export interface VersionsModules {
  readonly rpc: Pick<Rpc, "code" | "call" | "health" | "providers">;
  /** Where the registry is that made the code: it is asked for what further codes hold. */
  readonly clusterRegistry: Address;
  readonly projection: Pick<ProjectionReader, "version">;
}

export function createVersions(modules: VersionsModules): Versions {
  const { rpc, projection, clusterRegistry } = modules;
  /** By digest, latest used last: what a digest stands for never changes, whatever a reorg does to its number. */
  const cached = new Map<Hex, Version>();
  const reading = new Map<Hex, Promise<Version>>();

  function digestOf(cluster: bigint, version: bigint): Hex | undefined {
    return projection.version(cluster, version)?.digest;
  }

  async function read(cluster: bigint, version: bigint): Promise<Version> {
    const state = projection.version(cluster, version);
    if (state === undefined) {
      throw chainFailure("VERSION_UNKNOWN", `cluster ${cluster} has no version ${version}`, {
        details: { cluster, version },
      });
    }
    const decoded = await readAnywhere(cluster, state);
    const { digest } = state;
    cached.set(digest, decoded);
    const [oldest] = cached.keys();
    if (cached.size > VERSIONS_CACHED_MAX && oldest !== undefined) cached.delete(oldest);
    return decoded;
  }

  /** From whoever is well; where that one's is not what the log says, from any other: the digest tells who is right. */
  async function readAnywhere(cluster: bigint, state: VersionState): Promise<Version> {
    try {
      return await readFrom(rpc, cluster, state);
    } catch (error) {
      if (!hasCode(error, "VERSION_UNAVAILABLE", "RPC_INVALID_ANSWER") || rpc.health().length === 1)
        throw error;
      const liars: Provider[] = [];
      for (const provider of rpc.providers()) {
        try {
          const version = await readFrom(provider, cluster, state);
          for (const liar of liars) liar.distrust(error);
          return version;
        } catch (other) {
          if (!(other instanceof PleiadError)) throw other;
          if (hasCode(other, "RPC_INVALID_ANSWER")) liars.push(provider);
        }
      }
      throw error;
    }
  }

  async function readFrom(endpoint: Endpoint, cluster: bigint, state: VersionState): Promise<Version> {
    const { version, digest, code: address } = state;
    const details = { cluster, version, digest, address };
    const code = await endpoint.code(address);
    if (code === "0x") {
      throw chainFailure("VERSION_UNAVAILABLE", `there is no code at ${address}, the version's address`, {
        details,
      });
    }
    const found = keccak256(code);
    if (found !== digest) {
      const what = `eth_getCode of ${address}: code with the hash ${found}, expected ${digest}`;
      throw chainFailure("RPC_INVALID_ANSWER", what, { details });
    }
    const first: Hex = `0x${code.slice(STOP_CHARACTERS)}`;
    return isWhole(first) ? decodeVersion(first) : readParts(endpoint, cluster, state);
  }

  /** What goes on in further codes: the first is what the log says, and binds the others by their hashes. */
  async function readParts(
    endpoint: Endpoint,
    cluster: bigint,
    { version, digest }: VersionState,
  ): Promise<Version> {
    const call = { abi: clusterRegistryAbi, functionName: "versionData" } as const;
    const data = encodeFunctionData({ ...call, args: [cluster, version] });
    const answer = await endpoint.call({ to: clusterRegistry, data }, "latest");
    const invalid = (why: string, cause?: unknown) =>
      chainFailure("RPC_INVALID_ANSWER", `versionData(${cluster}, ${version}): ${why}`, {
        details: { cluster, version, digest },
        cause,
      });
    let decoded: Version;
    try {
      decoded = decodeVersion(decodeFunctionResult({ ...call, data: answer }));
    } catch (cause) {
      throw invalid("bytes that are no version", cause);
    }
    if (decoded.digest !== digest)
      throw invalid(`bytes with the digest ${decoded.digest}, expected ${digest}`);
    return decoded;
  }

  function peek(cluster: bigint, version: bigint): Version | undefined {
    const digest = digestOf(cluster, version);
    const there = digest === undefined ? undefined : cached.get(digest);
    if (digest === undefined || there === undefined) return undefined;
    cached.delete(digest);
    cached.set(digest, there);
    return there;
  }

  return {
    peek,
    get(cluster, version) {
      const there = peek(cluster, version);
      if (there !== undefined) return Promise.resolve(there);
      const digest = digestOf(cluster, version);
      const running = digest === undefined ? undefined : reading.get(digest);
      if (running !== undefined) return running;
      const started = read(cluster, version);
      if (digest === undefined) return started;
      reading.set(digest, started);
      return started.finally(() => reading.delete(digest));
    },
  };
}

/** Where the header says how many further codes there are; see `VersionCode.sol`. Characters of hex, with "0x". */
const FURTHER_CODES_AT = 2 + 2 * 65;

/** Whether all of a version is in its first code. */
function isWhole(first: Hex): boolean {
  return first.slice(FURTHER_CODES_AT, FURTHER_CODES_AT + 2) === "00" || first.length <= FURTHER_CODES_AT;
}
