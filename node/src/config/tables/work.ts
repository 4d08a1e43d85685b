import { zeroAddress } from "viem";
import { z } from "zod";
import { field, section } from "../fields.ts";
import {
  CURRENCIES_MAX,
  currenciesSchema,
  INPUT_BYTES_MAX,
  JOB_CLUSTERS_MAX,
  JOBS_ATTEMPTS_MAX,
  JOBS_LEASE_MS_MAX,
  JOBS_PARALLEL_MAX,
  MODEL_QUEUE_MAX,
  MODELS_MAX,
  modelsSchema,
  priceWeiMinSchema,
  SERVICES_MAX,
  servicesSchema,
  tokenIdSchema,
  whole,
  wholeText,
} from "../schemas.ts";

/** What the node answers, and how much of it. */
export const WORK_KEYS = {
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
};
