import { decodeVersion } from "@pleiad/sdk/actions/decodeVersion";
import type { Version } from "@pleiad/sdk/types/version";
import { type Hex, keccak256 } from "viem";
import { chainFailure } from "./errors.ts";
import type { ProjectionReader } from "./projection.ts";
import type { Rpc } from "./rpc.ts";

/** A version is at most 24 KiB of code; as many as a busy node works with at once. */
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

export interface VersionsModules {
  readonly rpc: Pick<Rpc, "code">;
  readonly projection: Pick<ProjectionReader, "version">;
}

export function createVersions(modules: VersionsModules): Versions {
  const { rpc, projection } = modules;
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
    const { digest, code: address } = state;
    const details = { cluster, version, digest, address };
    const code = await rpc.code(address);
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
    const decoded = decodeVersion(`0x${code.slice(STOP_CHARACTERS)}`);
    cached.set(digest, decoded);
    const [oldest] = cached.keys();
    if (cached.size > VERSIONS_CACHED_MAX && oldest !== undefined) cached.delete(oldest);
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
