import { isAddress } from "viem";
import { z } from "zod";
import {
  AGENTS_MAX,
  ATTEMPTS_DEFAULT,
  ATTEMPTS_MAX,
  CLUSTER_NAME_BYTES_MAX,
  DESCRIPTION_BYTES_MAX,
  INPUT_PATTERN,
  INPUTS_MAX,
  MODEL_NAME_BYTES_MAX,
  NAME_PATTERN,
  NATIVE_CURRENCY,
  NODE_SHARE_BPS_MAX,
  PERSONA_BYTES_MAX,
  PROMPT_BYTES_MAX,
  QUORUM_MAX,
  SLUG_PATTERN,
  TASKS_MAX,
  TEMPERATURE_MAX,
  TOKENS_MAX_MAX,
  TOOL_ARGUMENTS_BYTES_MAX,
  WINDOW_SECONDS_MAX,
  WINDOW_SECONDS_MIN,
} from "./limits.ts";
import { PRICE_PATTERN, parsePrice, TOKEN_AMOUNT_PATTERN } from "./parsePrice.ts";

/** The shape of `cluster.yaml`. What it says of names that refer to one another, `blueprintReferences` checks. */

function text(bytesMax: number, description: string) {
  return z
    .string()
    .refine((value) => byteLength(value) <= bytesMax, {
      error: ({ input }) => `has ${byteLength(String(input))} bytes, the most is ${bytesMax}`,
    })
    .meta({ description, maxLength: bytesMax });
}

function name(description: string) {
  return z
    .string()
    .regex(NAME_PATTERN, { error: "expected 1 to 32 letters, digits, spaces, hyphens or underscores" })
    .meta({ description });
}

function id(description: string) {
  return z.int().nonnegative().meta({ description });
}

/** An amount in the chain's own currency, or in a token. */
function amount(description: string, inToken: string) {
  const error = `expected an amount with its unit, as "0.0002 ether", "5 gwei" or "100 wei", or "0.5 token" ${inToken}`;
  const pattern = `${PRICE_PATTERN.source}|${TOKEN_AMOUNT_PATTERN.source}`;
  return z
    .string({ error })
    .refine((value) => parsePrice(value) !== undefined || TOKEN_AMOUNT_PATTERN.test(value), { error })
    .meta({ description, pattern, examples: ["0.0002 ether", "5 gwei", "100 wei", "0.5 token"] });
}

const model = z
  .strictObject({
    id: id("Id of a registered model.").optional(),
    price: amount(
      "Price of one answer, for a model that is to be registered.",
      "beside a token as `currency`",
    ).optional(),
    currency: z
      .string()
      .refine((value) => value === NATIVE_CURRENCY || isAddress(value), {
        error: 'expected "native" or the address of an ERC-20 token',
      })
      .optional()
      .meta({
        description: "What the price is in: the chain's own currency, or an ERC-20 token by its address.",
        pattern: "^(native|0x[0-9a-fA-F]{40})$",
        default: NATIVE_CURRENCY,
      }),
    nodeShareBps: z
      .int()
      .min(0)
      .max(NODE_SHARE_BPS_MAX)
      .optional()
      .meta({ description: "Share of the node that answers, in basis points: 8000 is 80 %." }),
    open: z.boolean().optional().meta({
      description: "Whether anybody's agent may use the model, or only its owner's.",
      default: true,
    }),
  })
  .meta({ description: "A registered model by its id, or the terms of one that is to be registered." });

const agent = z
  .strictObject({
    name: name("Name of the agent, unique in the cluster."),
    id: id("Id of a registered agent. Without it the agent is to be registered.").optional(),
    model: z
      .union([z.string(), z.int().nonnegative()])
      .optional()
      .meta({ description: "The model it is on: a name from `models`, or the id of a registered model." }),
    role: text(PERSONA_BYTES_MAX, "What it is.").optional(),
    goal: text(PERSONA_BYTES_MAX, "What it strives for.").optional(),
    backstory: text(PERSONA_BYTES_MAX, "Where it comes from.").optional(),
    tokensMax: z
      .int()
      .min(1)
      .max(TOKENS_MAX_MAX)
      .optional()
      .meta({ description: "Most tokens of an answer. Without it the operator decides." }),
    temperature: z
      .number()
      .min(0)
      .max(TEMPERATURE_MAX)
      .refine((value) => Number.isInteger(Math.round(value * 1e6) / 1e3), {
        error: "is counted in thousandths",
      })
      .optional()
      .meta({ description: "Sampling temperature, in thousandths. Without it the operator decides." }),
  })
  .meta({ description: "A persona on a model." });

const task = z
  .strictObject({
    name: name("Name of the task, unique in the cluster."),
    agent: z.string().meta({ description: "Name of the agent that does it." }),
    prompt: text(PROMPT_BYTES_MAX, "What the agent is asked to do.").refine((value) => value !== "", {
      error: "must not be empty",
    }),
    tool: name("Name of the tool it needs; operators decide what stands behind a name.").optional(),
    toolArguments: text(TOOL_ARGUMENTS_BYTES_MAX, "What the tool is to be called with.").optional(),
    quorum: z
      .int()
      .min(1)
      .max(QUORUM_MAX)
      .optional()
      .meta({ description: "How many nodes must agree on the answer.", default: 1 }),
    dependsOn: z
      .array(z.string())
      .optional()
      .meta({ description: "Names of earlier tasks. An empty list: none. Without it: the task before." }),
  })
  .meta({ description: "One step of the work." });

/** `cluster.yaml`. */
export const clusterSchema = z
  .strictObject({
    slug: z
      .string()
      .regex(SLUG_PATTERN, { error: "expected 3 to 31 small letters, digits or hyphens" })
      .meta({ description: "Short name of the cluster, unique on the chain for ever." }),
    name: text(CLUSTER_NAME_BYTES_MAX, "Title of the cluster."),
    description: text(DESCRIPTION_BYTES_MAX, "What the cluster does, in a paragraph.").optional(),
    fee: amount(
      "What the cluster's owner earns from each run that succeeds, in the currency of the models' prices.",
      "in the models' token",
    ).optional(),
    windowSeconds: z.int().min(WINDOW_SECONDS_MIN).max(WINDOW_SECONDS_MAX).meta({
      description:
        "Seconds after which the next node may step in for a silent one: at least three block times of the chain.",
    }),
    attempts: z.int().min(1).max(ATTEMPTS_MAX).optional().meta({
      description: "After so many nodes' reports of failure a task has failed.",
      default: ATTEMPTS_DEFAULT,
    }),
    inputs: z
      .array(
        z
          .string()
          .regex(INPUT_PATTERN, { error: "expected 1 to 32 letters, digits, hyphens or underscores" }),
      )
      .max(INPUTS_MAX)
      .optional()
      .meta({ description: "Names of the variables that an input brings. Without it an input is one text." }),
    models: z
      .record(
        z.string().refine((value) => byteLength(value) >= 1 && byteLength(value) <= MODEL_NAME_BYTES_MAX, {
          error: `a model's name has 1 to ${MODEL_NAME_BYTES_MAX} bytes`,
        }),
        model,
      )
      .optional()
      .meta({ description: "Models by name." }),
    agents: z.array(agent).min(1).max(AGENTS_MAX),
    tasks: z.array(task).min(1).max(TASKS_MAX),
  })
  .meta({ title: "cluster.yaml", description: "A Pleiad cluster: agents, and the tasks that they do." });

/** What `clusterSchema` makes of a file. */
export type ClusterFile = z.infer<typeof clusterSchema>;

/** Bytes of a text in UTF-8, which is what the contracts count. */
export function byteLength(value: string): number {
  return new TextEncoder().encode(value).length;
}
