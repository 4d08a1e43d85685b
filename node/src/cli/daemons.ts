import { PleiadError } from "@pleiad/sdk/errors";
import type { Hex } from "viem";
import type { DaemonExecution } from "../local/daemonClient.ts";
import type { FetchBlob } from "../local/receipts/outputBytes.ts";
import { cliError } from "./cliError.ts";
import { type DataFolder, daemonOf, type Operator } from "./dataFolder.ts";

/** What a daemon said, or why it could not be asked. */
export type Answer<T> =
  | { readonly operator: Operator; readonly said: T }
  | { readonly operator: Operator; readonly silent: string };

/** Asks every daemon of a data folder the same. */
export function askDaemons<T>(
  data: DataFolder | undefined,
  ask: (daemon: NonNullable<ReturnType<typeof daemonOf>>) => Promise<T>,
): Promise<readonly Answer<T>[]> {
  return Promise.all(
    (data?.operators ?? []).map(async (operator): Promise<Answer<T>> => {
      const daemon = daemonOf(operator.folder);
      if (daemon === undefined) return { operator, silent: "it does not run" };
      try {
        return { operator, said: await ask(daemon) };
      } catch (error) {
        if (error instanceof PleiadError) return { operator, silent: error.message };
        throw error;
      }
    }),
  );
}

/** What each daemon did for an execution. */
export function askAboutExecution(
  data: DataFolder | undefined,
  execution: bigint,
): Promise<readonly Answer<DaemonExecution>[]> {
  return askDaemons(data, (daemon) => daemon.execution(execution));
}

/** Looks for blobs at the data folder's daemons, which also ask their peers. */
export function blobFetcher(data: DataFolder | undefined): FetchBlob {
  return async ({ digest }) => {
    for (const { folder } of data?.operators ?? []) {
      const daemon = daemonOf(folder);
      if (daemon === undefined) continue;
      try {
        return await daemon.getBlob(digest);
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
      }
    }
    return undefined;
  };
}

/** Where a large input went. */
export interface Uploaded {
  readonly digest: Hex;
  readonly operators: readonly Operator[];
}

/**
 * Gives a large input to every daemon of the data folder that takes it, so that one of them may fail.
 *
 * @throws PleiadError DAEMONS_UNREACHABLE where none did
 */
export async function uploadBlob(data: DataFolder | undefined, bytes: Uint8Array): Promise<Uploaded> {
  const answers = await askDaemons(data, (daemon) => daemon.putBlob(bytes));
  const operators = answers.flatMap((answer) => ("said" in answer ? [answer.operator] : []));
  const digest = answers.flatMap((answer) => ("said" in answer ? [answer.said] : []))[0];
  if (digest !== undefined) return { digest, operators };
  const reasons = answers.flatMap((answer) =>
    "silent" in answer ? [`${answer.operator.name}: ${answer.silent}`] : [],
  );
  const why = reasons.length === 0 ? "no data folder names a daemon" : reasons.join("; ");
  throw cliError(
    "DAEMONS_UNREACHABLE",
    `the input of ${bytes.length} bytes is too large to go inline, and ${why}`,
    {
      details: { bytes: bytes.length, reasons },
    },
  );
}
