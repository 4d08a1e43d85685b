import { zeroAddress } from "viem";
import { z } from "zod";
import { field, section, type ValuesOf } from "./fields.ts";
import {
  addressSchema,
  BOOTSTRAP_MAX,
  CONFIRMATIONS_MAX,
  CONTRACT_WORDS,
  CURRENCIES_MAX,
  contractsSchema,
  currenciesSchema,
  environmentName,
  FINAL_DEPTH_MAX,
  INPUT_BYTES_MAX,
  isReadable,
  JOB_CLUSTERS_MAX,
  JOBS_ATTEMPTS_MAX,
  JOBS_LEASE_MS_MAX,
  JOBS_PARALLEL_MAX,
  LOCAL_CHAIN_ID,
  MODEL_QUEUE_MAX,
  MODELS_MAX,
  modelsSchema,
  multiaddrSchema,
  port,
  priceWeiMinSchema,
  RAISE_AFTER_MS_MAX,
  RPC_URLS_MAX,
  rpcUrlSchema,
  SERVICES_MAX,
  servicesSchema,
  signerUrlSchema,
  text,
  tokenIdSchema,
  whole,
  wholeText,
  wsUrlSchema,
} from "./schemas.ts";

/**
 * Every key of the configuration. The parser (`parse.ts`) and the page `docs/config.md` (`docs.ts`) are made from
 * this table, so a key that stands here is read, checked and documented, and no other is.
 */

/** Keys by what they were called before. */
export const RENAMED_KEYS: Readonly<Record<string, string>> = { "chain.confirmations": "chain.finality" };

export const CONFIG_TABLE = {
  chain: section("The chain that the node follows and the contracts on it.", {
    rpcUrls: field({
      meaning:
        "Providers of the chain's JSON-RPC, the preferred one first. One that fails, lags or lies is left out for a while, " +
        "and with several they check each other. They may hold an API key.",
      expected: `a list of 1 to ${RPC_URLS_MAX} http, https, ws or wss URLs`,
      schema: z.array(rpcUrlSchema).min(1).max(RPC_URLS_MAX).readonly(),
      default: ["http://127.0.0.1:8545"],
      secret: true,
    }),
    wsUrl: field({
      meaning:
        "A provider's WebSocket, which tells of new blocks at once instead of at the next poll. A hint and no more, as blocks are " +
        "read from `chain.rpcUrls` and checked as ever, and found by polling while it is down. May hold an API key.",
      expected: "a ws or wss URL",
      schema: wsUrlSchema.nullable(),
      default: null,
      defaultText: "none: by polling alone",
      secret: true,
    }),
    chainId: field({
      meaning: "Id of the chain. The node refuses to start when a provider serves another one.",
      expected: "a chain id, a whole number from 1",
      schema: z.int().min(1),
      default: LOCAL_CHAIN_ID,
    }),
    contracts: field({
      meaning:
        "The contracts: the path of a deployment file, or the addresses themselves under their names: " +
        `${CONTRACT_WORDS}. Without a file the log is read from the chain's first block on.`,
      expected: "the path of a deployment file, or the contracts' addresses by name",
      schema: z.union([text, contractsSchema]),
      default: "deployment.json",
      path: true,
    }),
    pollIntervalMs: field({
      meaning: "How often to ask for a new block, in milliseconds. Half a block time is enough.",
      expected: wholeText(50, 60_000),
      schema: whole(50, 60_000),
      default: 1_000,
    }),
    finality: field({
      meaning:
        "When the node signs, sends or pays on what a block says: once so many blocks stand on it (`latest` is 0), or once the chain " +
        "itself calls it `safe` or `finalized`; the node does not start where the chain knows no such block. Agents may start " +
        "earlier, at the node's own cost. Each block delays what the node sends by one block.",
      expected: `"latest", "safe", "finalized" or ${wholeText(0, CONFIRMATIONS_MAX)}`,
      schema: z.union([
        z.literal("latest").transform(() => 0),
        z.enum(["safe", "finalized"]),
        whole(0, CONFIRMATIONS_MAX),
      ]),
      default: (chainId: number): number | "safe" | "finalized" => (chainId === LOCAL_CHAIN_ID ? 0 : 3),
      defaultText: `0 on the local chain ${LOCAL_CHAIN_ID}, where no foreign money is at stake; else 3, because deeper reorganisations are rare on public chains and a settled task can be signed again`,
    }),
    agreement: field({
      meaning:
        "How many providers must tell the same of a block (its hash, and the contracts' events in it) before the node signs, sends or pays on it. " +
        "One that contradicts always holds it up; with three or more the minority is left out for a while.",
      expected: wholeText(1, RPC_URLS_MAX),
      schema: whole(1, RPC_URLS_MAX).nullable(),
      default: null,
      defaultText: "2 of three or more providers; else 1, so that one of two may be away",
    }),
    finalDepth: field({
      meaning:
        "How many blocks must stand on a block before the node takes it for final and forgets how to undo it. A " +
        "reorganisation deeper than this stops the node from taking work.",
      expected: wholeText(0, FINAL_DEPTH_MAX),
      schema: whole(0, FINAL_DEPTH_MAX),
      default: (chainId: number): number => (chainId === LOCAL_CHAIN_ID ? 6 : 64),
      defaultText: `6 on the local chain ${LOCAL_CHAIN_ID}; else 64, two epochs of Ethereum, after which its blocks are finalised`,
    }),
  }),

  node: section("The node's identity and its key.", {
    id: field({
      meaning: "Id of the node in the registry; empty until it is registered.",
      expected: "the id of a node, a whole number",
      schema: tokenIdSchema.nullable(),
      default: null,
      defaultText: "none",
    }),
    keystore: field({
      meaning: "Encrypted keystore of the node key (Web3 Secret Storage, version 3), mode 0600.",
      expected: "a path",
      schema: text,
      default: "keystore.json",
      path: true,
    }),
    passwordFile: field({
      meaning: "File that holds the keystore's password and nothing else, mode 0600.",
      expected: "a path",
      schema: text.nullable(),
      default: null,
      defaultText: "none; without a file or variable the password is asked for",
      path: true,
    }),
    passwordEnv: field({
      meaning: "Name of the environment variable that holds the keystore's password.",
      expected: "the name of an environment variable, without its value",
      schema: environmentName.nullable(),
      default: null,
      defaultText: "none",
    }),
  }),

  keys: section(
    "A remote signer in the place of the node's keystore: no key is on this machine. It speaks the JSON-RPC of Web3Signer.",
    {
      remoteSignerUrl: field({
        meaning:
          "Where the signer listens. May hold a user and a password. Plain http goes to this machine alone, unless " +
          "`keys.remoteSignerPlainHttp` allows more.",
        expected: "an http or https URL without ? and #",
        schema: signerUrlSchema.nullable(),
        default: null,
        defaultText: "none: the node key is in `node.keystore`",
        secret: true,
      }),
      remoteSignerAddress: field({
        meaning: "Address of the key that the signer signs with: the node key.",
        expected: "an address, 0x and 40 hex digits",
        schema: addressSchema.nullable(),
        default: null,
        defaultText: "none",
      }),
      remoteSignerTimeoutMs: field({
        meaning: "How long a signature may take, in milliseconds.",
        expected: wholeText(100, 60_000),
        schema: whole(100, 60_000),
        default: 5_000,
      }),
      remoteSignerPlainHttp: field({
        meaning:
          "Whether plain http may go to another machine. Whoever is on the way then reads the credentials, and can have anything " +
          "signed; say yes only where the way itself is protected.",
        expected: "true or false",
        schema: z.boolean(),
        default: false,
      }),
      remoteSignerCaFile: field({
        meaning: "Certificates (PEM) to trust for the signer, in the place of the system's.",
        expected: "a path",
        schema: text.nullable(),
        default: null,
        defaultText: "none: those of the system",
        path: true,
      }),
      remoteSignerCertificateFile: field({
        meaning: "This daemon's own TLS certificate (PEM), by which the signer knows it.",
        expected: "a path",
        schema: text.nullable(),
        default: null,
        defaultText: "none",
        path: true,
      }),
      remoteSignerKeyFile: field({
        meaning: "The key of that certificate (PEM, not encrypted), mode 0600.",
        expected: "a path",
        schema: text.nullable(),
        default: null,
        defaultText: "none",
        path: true,
      }),
    },
  ),

  submitter: section("Transactions: what they may cost, and who pays.", {
    feeGweiMax: field({
      meaning:
        "Highest fee per gas that the node ever offers, in gwei, replacements included. Above it, it waits.",
      expected: "a number above 0 and up to 1000000",
      schema: z.number().positive().max(1_000_000),
      default: 200,
    }),
    priorityFeeGwei: field({
      meaning: "Tip per gas of the first attempt, in gwei.",
      expected: "a number from 0 to 10000",
      schema: z.number().min(0).max(10_000),
      default: 1,
    }),
    etherPerDayMax: field({
      meaning:
        "Most that transactions may cost together within 24 hours of the chain, in its currency (ether): gas that was paid, and what is " +
        "on its way at its highest fee. Beyond it the node sends nothing but cancels, says so, and goes on when the oldest are a day old.",
      expected: "a number above 0 and up to 1000000, or null for no limit",
      schema: z.number().positive().max(1_000_000).nullable(),
      default: (chainId: number): number | null => (chainId === LOCAL_CHAIN_ID ? null : 1),
      defaultText: `none on the local chain ${LOCAL_CHAIN_ID}, where no foreign money is at stake; else 1`,
    }),
    otherPercentMax: field({
      meaning:
        "How much of `submitter.etherPerDayMax` may go into transactions that settle nothing, in percent: deliveries, proofs and reports of " +
        "failures. The rest is kept for settlements, which the node is paid for.",
      expected: wholeText(0, 100),
      schema: whole(0, 100),
      default: 50,
    }),
    raiseAfterMs: field({
      meaning:
        "How long a transaction may wait to be mined before its fees are raised, in milliseconds; two blocks must have come without it, too. " +
        "Raised three times in vain, it is cancelled.",
      expected: wholeText(1_000, RAISE_AFTER_MS_MAX),
      schema: whole(1_000, RAISE_AFTER_MS_MAX),
      default: 30_000,
    }),
    foreignNonces: field({
      meaning:
        "What the node does at a start about transactions of its account that it did not make: it stops, or goes on after them. `adopt` is your " +
        "word that nobody else uses the account any more; start with it once, then take it out again.",
      expected: '"stop" or "adopt"',
      schema: z.enum(["stop", "adopt"]),
      default: "stop" as "stop" | "adopt",
    }),
    gasKeystore: field({
      meaning: "Keystore of another account that sends the transactions and pays their gas.",
      expected: "a path",
      schema: text.nullable(),
      default: null,
      defaultText: "none: the node key pays",
      path: true,
    }),
    gasPasswordFile: field({
      meaning: "File that holds the password of `submitter.gasKeystore`, mode 0600.",
      expected: "a path",
      schema: text.nullable(),
      default: null,
      defaultText: "none",
      path: true,
    }),
    gasPasswordEnv: field({
      meaning: "Name of the environment variable that holds the password of `submitter.gasKeystore`.",
      expected: "the name of an environment variable, without its value",
      schema: environmentName.nullable(),
      default: null,
      defaultText: "none",
    }),
  }),

  models: field({
    meaning:
      "The models this node serves: by the model's id, the name of the `service` that answers for it, and if it should be less than all " +
      `jobs together: \`parallelMax\`, how many of its jobs run at once (1 to ${JOBS_PARALLEL_MAX}; by default \`jobs.parallelMax\`), and \`queueMax\`, how many tasks ` +
      `may wait for it before further ones are left to other nodes (0 to ${MODEL_QUEUE_MAX}; by default 1024).`,
    expected: `up to ${MODELS_MAX} ids of models, each with a service`,
    schema: modelsSchema,
    default: new Map(),
    defaultText: "none",
  }),

  services: field({
    meaning:
      "Services by name: how this machine gets answers. Only what stands here is ever started or called.",
    expected: `up to ${SERVICES_MAX} services by name`,
    schema: servicesSchema,
    default: new Map(),
    defaultText: "none",
  }),

  jobs: section("How much work the node takes on.", {
    parallelMax: field({
      meaning: "How many jobs run at once, over all services.",
      expected: wholeText(1, JOBS_PARALLEL_MAX),
      schema: whole(1, JOBS_PARALLEL_MAX),
      default: 4,
    }),
    attemptsMax: field({
      meaning: "How often a job is tried before it is given up.",
      expected: wholeText(1, JOBS_ATTEMPTS_MAX),
      schema: whole(1, JOBS_ATTEMPTS_MAX),
      default: 3,
    }),
    leaseMs: field({
      meaning:
        "How long one attempt may take in all, in milliseconds. Longer than any service's `timeoutMs`.",
      expected: wholeText(1_000, JOBS_LEASE_MS_MAX),
      schema: whole(1_000, JOBS_LEASE_MS_MAX),
      default: 600_000,
    }),
    reportFailures: field({
      meaning:
        "Whether the node tells the chain when a job has failed for good, so that a run that nobody can finish ends, " +
        "and is refunded, before its deadline. With `submitter.gasKeystore` that account needs the role submit for the node.",
      expected: "true or false",
      schema: z.boolean(),
      default: true,
    }),
    currencies: field({
      meaning:
        "Currencies that the node works for; a task that is paid in another one is left to others. Not all by default, as anybody can " +
        "make a token, and the owner of a model that the node serves may change what its next versions are paid in.",
      expected: `"any", or a list of 1 to ${CURRENCIES_MAX} of "native" and the addresses of tokens`,
      schema: currenciesSchema,
      default: new Set([zeroAddress]),
      defaultText: "`[native]`: the chain's own currency alone",
    }),
    priceWeiMin: field({
      meaning:
        "The least that the node works for: what one completion earns it, after the model's share and before its tip, in the smallest units " +
        "of the currency. One number is for the chain's own currency; for others, a number by currency.",
      expected: 'a whole number, or whole numbers by "native" and the addresses of tokens',
      schema: priceWeiMinSchema,
      default: new Map(),
      defaultText: "0: no price is too low",
    }),
    tipShareBps: field({
      meaning:
        "What of its own earnings the node gives to whoever sends its completion and pays the gas, in basis points; it is credited to the " +
        "account that sends, which may be the node's own. With 0 others send it for nothing, or the node does. It is decided when the agent has answered.",
      expected: wholeText(0, 10_000),
      schema: whole(0, 10_000),
      default: 0,
    }),
    proveEquivocations: field({
      meaning:
        "Whether the node proves that others signed two outputs for one context, where their bond is worth more than the gas. The penalty goes to " +
        "the requester; the node earns nothing by it but that lies cost something.",
      expected: "true or false",
      schema: z.boolean().nullable(),
      default: null,
      defaultText: "true where the deployment has `nodeBonds`, else false",
    }),
    deliverCallbacks: field({
      meaning:
        "Whether the node tells consumers of the ends of runs (`deliver`) where the budget that the requester put up pays for the gas with a " +
        "margin of a quarter; it is credited to the account that sends. Off by default, as it can lose money: where two deliver at once the " +
        "second pays for nothing, and gas may become dearer until the delivery is mined.",
      expected: "true or false",
      schema: z.boolean(),
      default: false,
    }),
    inputBytesMax: field({
      meaning:
        "The largest input that the node works on, in bytes. How large one that is not inline is, it finds out by fetching it.",
      expected: wholeText(0, INPUT_BYTES_MAX),
      schema: whole(0, INPUT_BYTES_MAX),
      default: INPUT_BYTES_MAX,
      defaultText: `${INPUT_BYTES_MAX}: all there are`,
    }),
    clusters: field({
      meaning: "Clusters that the node works for, by id; the runs of others are left to others.",
      expected: `a list of up to ${JOB_CLUSTERS_MAX} ids of clusters`,
      schema: z
        .array(tokenIdSchema)
        .max(JOB_CLUSTERS_MAX)
        .transform((clusters): ReadonlySet<bigint> => new Set(clusters))
        .nullable(),
      default: null,
      defaultText: "none: the node works for all that use its models",
    }),
  }),

  network: section("The peer-to-peer network. Without it the node works from the chain alone.", {
    enabled: field({
      meaning: "Whether to talk to peers.",
      expected: "true or false",
      schema: z.boolean(),
      default: true,
    }),
    listenHost: field({
      meaning: "Address to listen on. `0.0.0.0` lets peers on other machines connect.",
      expected: "an IPv4 or IPv6 address",
      schema: z.union([z.ipv4(), z.ipv6()]),
      default: "127.0.0.1",
    }),
    listenPort: field({
      meaning: "TCP port to listen on; 0 takes any free one.",
      expected: wholeText(0, 65_535),
      schema: port,
      default: 9_317,
    }),
    bootstrap: field({
      meaning: "Peers to find the others by, as multiaddresses with their peer id.",
      expected: `a list of up to ${BOOTSTRAP_MAX} multiaddresses such as /ip4/192.0.2.1/tcp/9317/p2p/12D3Koo...`,
      schema: z.array(multiaddrSchema).max(BOOTSTRAP_MAX).readonly(),
      default: [],
    }),
  }),

  api: section("The node's own API, for this machine alone.", {
    host: field({
      meaning: "Address of the API. Only this machine's own addresses are possible.",
      expected: '"127.0.0.1", "::1" or "localhost"',
      schema: z.enum(["127.0.0.1", "::1", "localhost"]),
      default: "127.0.0.1",
    }),
    port: field({
      meaning: "TCP port of the API; 0 takes any free one.",
      expected: wholeText(0, 65_535),
      schema: port,
      default: 7_317,
    }),
    tokenFile: field({
      meaning: "File that holds the API's token, mode 0600; made at the first start.",
      expected: "a path",
      schema: text,
      default: "api.token",
      path: true,
    }),
  }),

  store: section("What the node keeps in its data folder.", {
    blobBytesTotalMax: field({
      meaning: "Room for all blobs together, in bytes. Beyond it the node takes no further one.",
      expected: wholeText(1_048_576, 1_099_511_627_776),
      schema: whole(1_048_576, 1_099_511_627_776),
      default: 1_073_741_824,
    }),
  }),

  tracing: section("Traces of jobs, for a collector that speaks OpenTelemetry's protocol (OTLP).", {
    otlpUrl: field({
      meaning:
        "Where the collector takes traces, over HTTP and as JSON, with its path. May hold a user and a password. Traces name " +
        "executions, times, outcomes and error codes; no input, no output and no key.",
      expected: "an http or https URL such as http://127.0.0.1:4318/v1/traces",
      schema: rpcUrlSchema
        .refine((url) => URL.canParse(url) && isReadable(new URL(url)), "an http or https URL")
        .nullable(),
      default: null,
      defaultText: "none: no traces",
      secret: true,
    }),
  }),

  log: section("The log.", {
    level: field({
      meaning: "What to log: this level and those above it.",
      expected: '"trace", "debug", "info", "warn", "error", "fatal" or "silent"',
      schema: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
      default: "info",
    }),
  }),
};

/** The configuration as the daemon uses it: every key there, paths absolute. */
export interface Config extends ValuesOf<typeof CONFIG_TABLE> {
  /** Folder of the configuration file: where the node keeps everything. */
  readonly dataFolder: string;
}
