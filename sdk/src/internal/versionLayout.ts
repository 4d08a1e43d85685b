import { type Address, bytesToHex, getAddress, type Hex, hexToBytes } from "viem";
import type { PleiadError } from "../errors/base.ts";
import { sdkError } from "../errors/sdkError.ts";
import type { Version, VersionAgent, VersionTask } from "../types/version.ts";
import { textOf } from "./bytes.ts";
import { indicesOf } from "./mask.ts";

/** The layout that this reads; it stands in the first byte. */
const FORMAT = 2;
/** A temperature that the version has no say in. */
export const TEMPERATURE_UNSET = 65_535;
/** Bytes of a code's hash. */
const HASH_BYTES = 32;

/** What stands in a version or in a draft, which is laid out alike. */
export interface VersionLayout extends Omit<Version, "digest"> {
  /** Hashes of the codes that the texts go on in. */
  readonly furtherHashes: readonly Hex[];
}

/**
 * Reads what `VersionCode.sol` documents, byte after byte.
 *
 * @throws PleiadError `VERSION_INVALID` where they have another layout.
 */
export function readVersionLayout(data: Hex | Uint8Array): VersionLayout {
  const reader = new Reader(typeof data === "string" ? hexToBytes(data) : data);
  const format = reader.number(1);
  if (format !== FORMAT) throw invalidVersion(`its format is ${format}, not ${FORMAT}`);
  const cluster = reader.integer(8);
  const version = reader.integer(4);
  const windowSeconds = reader.number(4);
  const feeWei = reader.integer(12);
  const currency = reader.address();
  const taskCount = reader.number(1);
  const agentCount = reader.number(1);
  const pathLength = reader.number(1);
  const quoteWei = reader.integer(12);
  const attempts = reader.number(1);
  const furtherCodes = reader.number(1);
  const pins = times(taskCount, () => readPins(reader));
  const settings = times(agentCount, () => readSettings(reader));
  const furtherHashes = times(furtherCodes, () => reader.hex(HASH_BYTES));
  const [slug, name, description] = [reader.text(), reader.text(), reader.text()];
  const inputs = inputNames(reader.text());
  const agents = settings.map((agent) => readAgent(reader, agent));
  const tasks = pins.map((pin, task) => readTask(reader, pin, task));
  return {
    cluster,
    version,
    windowSeconds,
    feeWei,
    currency,
    quoteWei,
    pathLength,
    attempts,
    slug,
    name,
    description,
    inputs,
    agents,
    tasks,
    furtherHashes,
  };
}

/** The texts of a cluster, as `ClusterRegistry.textsOf` answers them. */
export function readClusterTexts(data: Hex): Pick<Version, "slug" | "name" | "description" | "inputs"> {
  const reader = new Reader(hexToBytes(data));
  const [slug, name, description] = [reader.text(), reader.text(), reader.text()];
  return { slug, name, description, inputs: inputNames(reader.text()) };
}

type Pins = Omit<VersionTask, "task" | "name" | "prompt" | "tool" | "toolArguments">;
type AgentSettings = Pick<VersionAgent, "agent" | "tokensMax" | "temperature">;

function readPins(reader: Reader): Pins {
  return {
    model: reader.integer(8),
    priceWei: reader.integer(12),
    nodeShareBps: reader.number(2),
    dependsOn: indicesOf(reader.number(4)),
    agentIndex: reader.number(1),
    quorum: reader.number(1),
  };
}

function readSettings(reader: Reader): AgentSettings {
  const agent = reader.integer(8);
  const tokensMax = reader.number(4);
  const thousandths = reader.number(2);
  return {
    agent,
    ...(tokensMax === 0 ? {} : { tokensMax }),
    ...(thousandths === TEMPERATURE_UNSET ? {} : { temperature: thousandths / 1_000 }),
  };
}

/** Names with a comma between two. */
function inputNames(text: string): string[] {
  return text === "" ? [] : text.split(",");
}

// Object literals are evaluated from top to bottom, which is the order of the texts.
function readAgent(reader: Reader, settings: AgentSettings): VersionAgent {
  return {
    ...settings,
    name: reader.text(),
    role: reader.text(),
    goal: reader.text(),
    backstory: reader.text(),
  };
}

function readTask(reader: Reader, pins: Pins, task: number): VersionTask {
  return {
    task,
    name: reader.text(),
    prompt: reader.text(),
    tool: reader.text(),
    toolArguments: reader.text(),
    ...pins,
  };
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

/** What is said of bytes that are not a version. */
export function invalidVersion(why: string): PleiadError {
  return sdkError("VERSION_INVALID", `the bytes are not a version: ${why}`);
}

/** Reads big-endian numbers and length-prefixed texts, one after the other. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  integer(length: number): bigint {
    return this.#take(length).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  number(length: number): number {
    return Number(this.integer(length));
  }

  address(): Address {
    return getAddress(bytesToHex(this.#take(20)));
  }

  hex(length: number): Hex {
    return bytesToHex(this.#take(length));
  }

  text(): string {
    return textOf(this.#take(this.number(2)));
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw invalidVersion(`it ends after ${this.#bytes.length} bytes`);
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}
