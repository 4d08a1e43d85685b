import { resolve } from "node:path";
import type { WriteClient } from "@pleiad/sdk/types/client";
import { type Account, type Address, createWalletClient, type Hex, http } from "viem";
import { privateKeyToAccount, toAccount } from "viem/accounts";
import { getAddresses } from "viem/actions";
import { readKeystore, readKeystoreAddress } from "../config/keystore.ts";
import { readPassword } from "../config/password.ts";
import { readPrivateFile } from "../config/privateFile.ts";
import { chainCall } from "./chainCall.ts";
import type { KeyOptions } from "./chainOptions.ts";
import { cliError } from "./cliError.ts";
import { RPC_TIMEOUT_MS, type RpcContext } from "./context.ts";
import type { Output } from "./output.ts";
import { askPassword } from "./prompt.ts";
import type { Surroundings } from "./surroundings.ts";

/** A key in hex with room for a line end and the odd space. Bytes. */
const KEY_FILE_BYTES_MAX = 256;
/** The chain id of development chains, whose endpoints hold unlocked accounts. */
const LOCAL_CHAIN_ID = 31_337;
/** A person waits for the receipt. */
const POLLING_INTERVAL_MS = 250;

/** Whose transactions a command sends. */
export interface Sender {
  readonly client: WriteClient;
  readonly address: Address;
}

/**
 * The account that signs: of `--key`, of `--keystore`, of the data folder's throwaway key, or, on a development chain,
 * an account that the endpoint itself holds unlocked. Says on standard error which one it is where nobody named it.
 *
 * @throws PleiadError KEY_MISSING, KEY_FILE_MODE and the like, the keystore's and the password's errors
 */
export async function openSender(
  options: KeyOptions,
  chain: RpcContext,
  output: Output,
  around: Surroundings,
): Promise<Sender> {
  const account = (await namedAccount(options, around)) ?? (await defaultAccount(chain, output));
  const client = createWalletClient({
    account,
    transport: http(chain.rpcUrl, { timeout: RPC_TIMEOUT_MS, retryCount: 1 }),
    pollingInterval: POLLING_INTERVAL_MS,
  });
  return { client, address: account.address };
}

/**
 * The address that `openSender` would send from, without a password and without a word.
 *
 * @returns undefined where nobody named a key and there is none by default, or where the keystore does not say whose it is
 */
export async function senderAddress(
  options: KeyOptions,
  chain: RpcContext,
  around: Surroundings,
): Promise<Address | undefined> {
  if (options.key === undefined && options.keystore !== undefined)
    return readKeystoreAddress(resolve(around.cwd, options.keystore));
  return ((await namedAccount(options, around)) ?? (await accountByDefault(chain))?.account)?.address;
}

async function namedAccount(options: KeyOptions, around: Surroundings): Promise<Account | undefined> {
  if (options.key !== undefined)
    return privateKeyToAccount(await readKeyFile(resolve(around.cwd, options.key)));
  if (options.keystore === undefined) return undefined;
  const password = await passwordOf(options, around);
  const { privateKey } = await readKeystore(resolve(around.cwd, options.keystore), password);
  return privateKeyToAccount(privateKey);
}

/** The password from where the options say, or from the person at the terminal. */
export async function passwordOf(options: KeyOptions, around: Surroundings): Promise<string> {
  const { passwordFile, passwordEnv } = options;
  const file = passwordFile === undefined ? null : resolve(around.cwd, passwordFile);
  const known = await readPassword({ file, env: passwordEnv ?? null }, around.env);
  return known ?? askPassword("Password of the keystore: ", around);
}

async function defaultAccount(chain: RpcContext, output: Output): Promise<Account> {
  const found = await accountByDefault(chain);
  if (found === undefined) throw cliError("KEY_MISSING", "no key is named, and there is no throwaway key");
  output.note(`Signing with ${found.what}.`);
  return found.account;
}

/** Who signs where nobody is named, and in which words that is said. */
async function accountByDefault(
  chain: RpcContext,
): Promise<{ readonly account: Account; readonly what: string } | undefined> {
  const { data } = chain;
  if (data?.requesterKeyFile !== undefined && data.rpcUrl === chain.rpcUrl) {
    const account = privateKeyToAccount(await readKeyFile(data.requesterKeyFile));
    return { account, what: `the data folder's throwaway key, ${account.address}` };
  }
  const account = await unlockedAccount(chain);
  if (account === undefined) return undefined;
  return { account, what: `${account.address}, which the development chain holds unlocked` };
}

async function unlockedAccount({ client }: RpcContext): Promise<Account | undefined> {
  if ((await chainCall(() => client.getChainId())) !== LOCAL_CHAIN_ID) return undefined;
  // An endpoint that holds no accounts may not know the question.
  const [first] = await getAddresses(client).catch(() => []);
  return first === undefined ? undefined : toAccount(first);
}

/** Reads a private key in hex. What is wrong with the content is not quoted: it could be most of a key. */
async function readKeyFile(path: string): Promise<Hex> {
  const text = await readPrivateFile(path, {
    what: "the key file",
    bytesMax: KEY_FILE_BYTES_MAX,
    codes: {
      missing: "KEY_FILE_MISSING",
      unreadable: "KEY_FILE_UNREADABLE",
      mode: "KEY_FILE_MODE",
      tooLarge: "KEY_FILE_INVALID",
    },
  });
  const digits = /^\s*(?:0x)?([0-9a-fA-F]{64})\s*$/.exec(text)?.[1];
  const key: Hex = `0x${digits}`;
  if (digits !== undefined && isPrivateKey(key)) return key;
  throw cliError("KEY_FILE_INVALID", `${path} holds no private key of 64 hex digits`, { details: { path } });
}

/** Not every 32 bytes are a key: zero and what is above the curve's order are none. */
function isPrivateKey(key: Hex): boolean {
  try {
    privateKeyToAccount(key);
    return true;
  } catch {
    return false;
  }
}
