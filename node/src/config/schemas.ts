import {
  CONTRACT_NAMES,
  type ContractName,
  PERIPHERY_NAMES,
  type PeripheryName,
} from "@pleiad/sdk/types/deployment";
import { type Address, zeroAddress } from "viem";
import { z } from "zod";
import { serviceSchema } from "./service.ts";

/** What single values of the configuration may be, and their limits; `table.ts` says which key holds which. */

/** More providers than this agree no better, and each is asked. */
export const RPC_URLS_MAX = 5;
/** The follower keeps 256 headers to find a common ancestor; deeper it could not look back. Blocks. */
export const FINAL_DEPTH_MAX = 200;
/** Waiting longer than this to act serves nobody: windows would have passed. Blocks. */
export const CONFIRMATIONS_MAX = 100;
/** As many as a model list and an operator's patience hold. */
export const MODELS_MAX = 64;
export const SERVICES_MAX = 64;
/** Programs of 50 to 300 MB each: more is another machine's work. */
export const HELPERS_MAX = 32;
/** Projects that one operator has at hand. */
export const PROJECTS_MAX = 64;
/** Peers to find the others by; a handful is enough, and each is dialled. */
export const BOOTSTRAP_MAX = 32;
/** Relays that a node asks for a place; one may go while others stay. */
export const RELAYS_MAX = 4;
/** Peers that a relay serves: no more than it has connections for. */
export const RELAY_PEERS_MAX = 48;
/** What a connection through a relay may carry: a busy cluster's hour. Bytes. */
export const RELAY_BYTES_MAX = 17_179_869_184;
/** And how long it may last: a day. Milliseconds. */
export const RELAY_DURATION_MS_MAX = 86_400_000;
/** As many agents as a large machine runs at once. */
export const JOBS_PARALLEL_MAX = 64;
/** The journal keeps the reasons of at most 16 attempts. */
export const JOBS_ATTEMPTS_MAX = 16;
/** The longest agent run (a day) and an hour to start and end it. Milliseconds. */
export const JOBS_LEASE_MS_MAX = 90_000_000;

/** A transaction that waits for longer may as well wait for an operator. Milliseconds. */
export const RAISE_AFTER_MS_MAX = 3_600_000;

/** A day of answers of one second. */
export const MODEL_QUEUE_MAX = 86_400;

/** Chain id of the local networks of Hardhat and anvil, where throwaway money is at stake. */
export const LOCAL_CHAIN_ID = 31_337;

export const text = z.string().min(1).max(4_096);
export const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/);
export const whole = (min: number, max: number) => z.int().min(min).max(max);
export const wholeText = (min: number, max: number) => `a whole number from ${min} to ${max}`;
export const port = whole(0, 65_535);

export const addressSchema = z.custom<Address>(
  (value) => typeof value === "string" && /^0x[0-9a-fA-F]{40}$/.test(value),
  "an address, 0x and 40 hex digits",
);

/** The addresses, where they stand in the file itself. */
export const contractsSchema = z.strictObject({
  ...(Object.fromEntries(CONTRACT_NAMES.map((name) => [name, addressSchema])) as Record<
    ContractName,
    typeof addressSchema
  >),
  ...(Object.fromEntries(PERIPHERY_NAMES.map((name) => [name, addressSchema.optional()])) as Record<
    PeripheryName,
    z.ZodOptional<typeof addressSchema>
  >),
});

/** The contracts that a node talks to. */
export type ContractAddresses = z.output<typeof contractsSchema>;

/** The names as a sentence has them. */
export const CONTRACT_WORDS = CONTRACT_NAMES.map((name) => `\`${name}\``).join(", ");

/** Ids are 256-bit; in one spelling only, so that no model stands there twice. */
function isTokenId(text: string): boolean {
  return /^(0|[1-9][0-9]{0,77})$/.test(text) && BigInt(text) < 2n ** 256n;
}

const tokenIdText = z.string().refine(isTokenId, "the id of a model, a whole number, as key");

/** A token id; a large one stays text up to here, because a number would lose its last digits. */
export const tokenIdSchema = z.union([z.int().nonnegative(), tokenIdText]).transform((id) => BigInt(id));

/** Currencies a node works for: more tokens than any operator holds in view. */
export const CURRENCIES_MAX = 16;
/** As many clusters as a node listens to at once. */
export const JOB_CLUSTERS_MAX = 256;
/** Ten years: whoever keeps blobs for good has a disk for it. Milliseconds. */
export const BLOB_RETENTION_MS_MAX = 315_360_000_000;
/** Largest input there is: what peers pass on as a blob. Bytes. */
export const INPUT_BYTES_MAX = 1_048_576;

/** What stands for the chain's own currency. */
const NATIVE_CURRENCY = "native";

const currencySchema = z
  .union([z.literal(NATIVE_CURRENCY), addressSchema])
  .transform(
    (currency): Address => (currency === NATIVE_CURRENCY ? zeroAddress : (currency.toLowerCase() as Address)),
  );

export const currenciesSchema = z.union([
  z.literal("any"),
  z
    .array(currencySchema)
    .min(1)
    .max(CURRENCIES_MAX)
    .transform((currencies): ReadonlySet<string> => new Set(currencies)),
]);

/** Whole and not negative; a large one is text, because a number would lose its last digits. Prices have 96 bits. */
const weiSchema = z
  .union([z.int().nonnegative(), z.string().regex(/^(0|[1-9][0-9]{0,28})$/)])
  .transform((wei) => BigInt(wei))
  .refine((wei) => wei < 2n ** 96n);

export const priceWeiMinSchema = z
  .union([
    weiSchema.transform((wei): [string, bigint][] => [[zeroAddress, wei]]),
    z
      .record(z.string(), weiSchema)
      .transform((prices) => Object.entries(prices))
      .refine(
        (prices) =>
          prices.length <= CURRENCIES_MAX && prices.every(([key]) => currencySchema.safeParse(key).success),
      )
      .transform((prices) => prices.map(([key, wei]): [string, bigint] => [currencySchema.parse(key), wei])),
  ])
  .transform((prices): ReadonlyMap<string, bigint> => new Map(prices));
/** Whether user and password can be told: what is written with % is UTF-8. */
export function isReadable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

export const rpcUrlSchema = z
  .string()
  .max(2_048)
  .refine(
    (url) => URL.canParse(url) && /^(https?|wss?):$/.test(new URL(url).protocol),
    "an http, https, ws or wss URL",
  );

/** The fragment would never be sent, a query is no place for what a signer is told, and who comes must be readable. */
export const signerUrlSchema = rpcUrlSchema.refine(
  (url) => !/[?#]/.test(url) && URL.canParse(url) && isReadable(new URL(url)),
  "an http or https URL without ? and #",
);

export const wsUrlSchema = z
  .string()
  .max(2_048)
  .refine((url) => URL.canParse(url) && /^wss?:$/.test(new URL(url).protocol), "a ws or wss URL");

export const multiaddrSchema = z
  .string()
  .max(512)
  .regex(
    /^\/(ip4|ip6|dns|dns4|dns6)\/[^/\s]+\/tcp\/[0-9]{1,5}\/p2p\/[A-Za-z0-9]+$/,
    "a multiaddress such as /ip4/192.0.2.1/tcp/9317/p2p/12D3Koo...",
  );

/** An address at a relay: the relay's own, and who is reached there. */
export const reachedAtSchema = z
  .string()
  .max(512)
  .regex(
    /^\/(ip4|ip6|dns|dns4|dns6)\/[^/\s]+\/tcp\/[0-9]{1,5}\/p2p\/[A-Za-z0-9]+(\/p2p-circuit\/p2p\/[A-Za-z0-9]+)?$/,
    "a multiaddress such as /ip4/192.0.2.1/tcp/9317/p2p/12D3Koo...",
  );

export const serviceName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,30}$/, "a name of small letters, digits and -, at most 31");

/** How a node serves a model. */
export interface ServedModel {
  readonly service: string;
  /** Jobs at once. @default `jobs.parallelMax` */
  readonly parallelMax?: number | undefined;
  /** Tasks that wait for a place. @default the work layer's */
  readonly queueMax?: number | undefined;
}

export const modelsSchema = z
  .record(
    tokenIdText,
    z.strictObject({
      service: serviceName,
      parallelMax: whole(1, JOBS_PARALLEL_MAX).optional(),
      queueMax: whole(0, MODEL_QUEUE_MAX).optional(),
    }),
  )
  .refine((models) => Object.keys(models).length <= MODELS_MAX, `at most ${MODELS_MAX} models`)
  .transform(
    (models): ReadonlyMap<bigint, ServedModel> =>
      new Map(Object.entries(models).map(([id, model]) => [BigInt(id), model])),
  );

export const servicesSchema = z
  .record(serviceName, serviceSchema)
  .refine((services) => Object.keys(services).length <= SERVICES_MAX, `at most ${SERVICES_MAX} services`)
  .transform(
    (services): ReadonlyMap<string, z.output<typeof serviceSchema>> => new Map(Object.entries(services)),
  );

/** Folders of projects by name. Absolute: a daemon's own folder says nothing about where a project is. */
export const projectsSchema = z
  .record(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "a name of letters, digits and . _ -, at most 64"),
    z.string().max(4_096).startsWith("/", "an absolute path"),
  )
  .refine((projects) => Object.keys(projects).length <= PROJECTS_MAX, `at most ${PROJECTS_MAX} projects`)
  .transform((projects): ReadonlyMap<string, string> => new Map(Object.entries(projects)));
