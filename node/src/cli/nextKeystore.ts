import { existsSync } from "node:fs";
import { link, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Address } from "viem";
import { errnoOf, syncFolder } from "../config/files.ts";
import { createKeystore, type OpenedKeystore, readKeystore } from "../config/keystore.ts";
import { cliError } from "./cliError.ts";

/**
 * The key that takes a keystore's place once the chain has it. At every instant the keystore at its own path is there
 * and whole, and the new key is on the disk before anything names it:
 *
 * | on the disk | the chain has | a run that begins here |
 * |---|---|---|
 * | keystore | the old key | makes the next one, and sends |
 * | keystore, next | the old key | waits for what is under way; sends, with the next one |
 * | keystore, next | the new key | moves them |
 * | keystore, next, old one kept | the new key | moves the next one |
 * | keystore (the new one), old one kept | the new key | is done |
 */

/** Where the next key waits, beside the keystore. */
export function nextPathOf(keystore: string): string {
  return `${keystore}.next`;
}

/** Where an old key is kept: its account may hold money. */
export function keptPathOf(keystore: string, address: Address): string {
  return `${keystore}.${address.toLowerCase()}`;
}

/** The next key that an earlier run made; undefined where there is none. @throws the errors of `readKeystore` */
export async function readNext(keystore: string, password: string): Promise<OpenedKeystore | undefined> {
  const path = nextPathOf(keystore);
  return existsSync(path) ? readKeystore(path, password) : undefined;
}

/**
 * Makes the next key, whole and flushed, and reads it back: only what can be opened again is told to the chain.
 *
 * @throws the errors of `createKeystore` and `readKeystore`
 */
export async function makeNext(keystore: string, password: string): Promise<OpenedKeystore> {
  const path = nextPathOf(keystore);
  await createKeystore({ path, password });
  return readKeystore(path, password);
}

/**
 * Keeps the old keystore under its address, then puts the next one in its place in one step.
 *
 * @returns where the old one is kept
 * @throws PleiadError FILE_EXISTS where another file has that name, FILE_UNWRITABLE
 */
export async function takeOver(keystore: string, old: Address): Promise<string> {
  const kept = keptPathOf(keystore, old);
  try {
    await keep(keystore, kept);
    await rename(nextPathOf(keystore), keystore);
    await syncFolder(dirname(keystore));
    return kept;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || error instanceof PleiadError) throw error;
    throw cliError(
      "FILE_UNWRITABLE",
      `cannot put ${nextPathOf(keystore)} in the place of ${keystore}: ${errno}`,
      {
        hint: "the chain has the new key already: check the folder and its rights, and run the same command again",
        details: { path: keystore, errno },
        cause: error,
      },
    );
  }
}

async function keep(keystore: string, kept: string): Promise<void> {
  try {
    await link(keystore, kept);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    // A run that was killed right after this has made it already.
    if ((await readFile(kept)).equals(await readFile(keystore))) return;
    throw cliError("FILE_EXISTS", `${kept} is there already, and another file`, { details: { path: kept } });
  }
  await syncFolder(dirname(keystore));
}
