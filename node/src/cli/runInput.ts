import { INPUT_BYTES_MAX } from "@pleiad/sdk/types/run";
import type { Command } from "commander";
import { type Hex, isHash, zeroHash } from "viem";
import { cliError } from "./cliError.ts";
import type { ChainContext } from "./context.ts";
import { uploadBlob } from "./daemons.ts";
import { parseCountOption } from "./define.ts";
import type { Output } from "./output.ts";
import { bytesText, listed } from "./text/amounts.ts";
import { printableLine } from "./text/printable.ts";

/** What a run is asked for with, whoever brings it. */
export interface RunOptions {
  readonly input: readonly string[];
  readonly version?: bigint;
  readonly deadline?: bigint;
  readonly inline?: boolean;
  readonly outputsByReference?: boolean;
  readonly thread?: Hex;
}

/** Adds those options. */
export function addRunOptions(command: Command): Command {
  return command
    .requiredOption(
      "--input <file>",
      'the document, a text of at most 1 MiB, or NAME=FILE for each input that the version names; "-" reads standard input',
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .option("--version <n>", "a version (default: the newest)", parseCountOption)
    .option(
      "--deadline <seconds>",
      "how long it may take (default: an hour, longer for long windows)",
      parseCountOption,
    )
    .option(
      "--inline",
      `put the input into the transaction, where all can read it for ever (at most ${INPUT_BYTES_MAX} bytes)`,
    )
    .option(
      "--outputs-by-reference",
      "let nodes give large answers by digest; their bytes then stay with the nodes",
    )
    .option(
      "--thread <thread>",
      "the conversation that it goes on with: 0x and 64 hex digits of your choice, the same each time",
      parseThread,
    );
}

/** @throws PleiadError USAGE_INVALID */
function parseThread(text: string): Hex {
  const thread = text.toLowerCase();
  if (isHash(thread) && thread !== zeroHash) return thread;
  throw cliError("USAGE_INVALID", `"${text}" is no thread: expected 0x and 64 hex digits, not all zero`, {
    hint: "make one with: echo 0x$(openssl rand -hex 32)",
  });
}

/** An input as the contracts get it. */
export type GivenInput =
  | { readonly input: Uint8Array; readonly inputDigest?: undefined }
  | { readonly input?: undefined; readonly inputDigest: `0x${string}`; readonly inputURI: string };

/** A short input goes into the transaction; a longer one to the daemons, and its digest into the transaction. */
export async function giveInput(
  input: Uint8Array,
  { inline }: RunOptions,
  { data }: ChainContext,
  output: Output,
): Promise<GivenInput> {
  if (inline === true || input.length <= INPUT_BYTES_MAX) return { input };
  const { digest, operators } = await uploadBlob(data, input);
  const names = listed(operators.map(({ name }) => printableLine(name)));
  output.note(
    `The input of ${bytesText(input.length)} lies with ${names}; only its digest goes on the chain.`,
  );
  return { inputDigest: digest, inputURI: "pleiad:" };
}

/** An input that is too large for the chain mostly makes outputs that are. */
export function byReference({ outputsByReference }: RunOptions, { inputDigest }: GivenInput): boolean {
  return outputsByReference === true || inputDigest !== undefined;
}
