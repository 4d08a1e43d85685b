import { bytesToString, type Hex, hexToBytes } from "viem";

/** A task as a version pins it. */
export interface PinnedTask {
  model: bigint;
  priceWei: bigint;
  nodeShareBps: number;
  dependsOn: number;
  agentIndex: number;
  nodesThatMustAgree: number;
  name: string;
  prompt: string;
  tool: string;
  toolArguments: string;
}

/** A member as a version pins it. */
export interface PinnedAgent {
  agent: bigint;
  tokensMax: number;
  temperatureMilli: number;
  name: string;
  role: string;
  goal: string;
  backstory: string;
}

/** Everything that stands in a version. */
export interface DecodedVersion {
  format: number;
  cluster: bigint;
  version: number;
  windowSeconds: number;
  feeWei: bigint;
  currency: Hex;
  longestPath: number;
  quoteWei: bigint;
  attempts: number;
  furtherCodes: number;
  slug: string;
  name: string;
  description: string;
  inputs: string;
  agents: PinnedAgent[];
  tasks: PinnedTask[];
}

/**
 * Reads a version by the table in `VersionCode.sol` alone, byte after byte, so that the tests check the table.
 *
 * @throws When bytes are missing or left over.
 */
export function decodeVersion(data: Hex): DecodedVersion {
  const bytes = hexToBytes(data);
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length)
      throw new Error(`version ends at ${bytes.length}, ${length} more wanted at ${at}`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  const big = (length: number): bigint =>
    take(length).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const small = (length: number): number => Number(big(length));
  const text = (): string => bytesToString(take(small(2)));

  const format = small(1);
  const cluster = big(8);
  const version = small(4);
  const windowSeconds = small(4);
  const feeWei = big(12);
  const currency: Hex = `0x${Buffer.from(take(20)).toString("hex")}`;
  const taskCount = small(1);
  const agentCount = small(1);
  const longestPath = small(1);
  const quoteWei = big(12);
  const attempts = small(1);
  const furtherCodes = small(1);
  const pins = Array.from({ length: taskCount }, () => ({
    model: big(8),
    priceWei: big(12),
    nodeShareBps: small(2),
    dependsOn: small(4),
    agentIndex: small(1),
    nodesThatMustAgree: small(1),
  }));
  const settings = Array.from({ length: agentCount }, () => ({
    agent: big(8),
    tokensMax: small(4),
    temperatureMilli: small(2),
  }));
  take(32 * furtherCodes);
  const slug = text();
  const name = text();
  const description = text();
  const inputs = text();
  const agents = settings.map((setting) => ({
    ...setting,
    name: text(),
    role: text(),
    goal: text(),
    backstory: text(),
  }));
  const tasks = pins.map((pin) => ({
    ...pin,
    name: text(),
    prompt: text(),
    tool: text(),
    toolArguments: text(),
  }));
  if (at !== bytes.length) throw new Error(`version has ${bytes.length} bytes, ${at} were explained`);
  return {
    format,
    cluster,
    version,
    windowSeconds,
    feeWei,
    currency,
    longestPath,
    quoteWei,
    attempts,
    furtherCodes,
    slug,
    name,
    description,
    inputs,
    agents,
    tasks,
  };
}
