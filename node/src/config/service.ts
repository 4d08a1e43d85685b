import { z } from "zod";
import { WORKSPACE_TOOLS } from "./workspaceTools.ts";

/**
 * A service: how this operator's daemon gets answers for one model. Only the operator's own configuration makes
 * one; nothing that comes from the chain or from a peer ever names a program, an address or a key.
 */

/** A local model on a small machine answers a long document in minutes; more is asked for by name. */
export const SERVICE_TIMEOUT_MS_DEFAULT = 300_000;
/** Below this not even the guard process is up. */
export const SERVICE_TIMEOUT_MS_MIN = 100;
/** A day: far longer than any window, and well inside what a timer can count (2^31 ms). */
export const SERVICE_TIMEOUT_MS_MAX = 86_400_000;
/** An output becomes the next task's data; it may be as large as a document. */
export const SERVICE_OUTPUT_BYTES_DEFAULT = 1_048_576;
/** Outputs are kept in memory until they are stored. */
export const SERVICE_OUTPUT_BYTES_MAX = 16_777_216;
/** A model that thinks sends something more often than this, once it has begun. */
export const SERVICE_IDLE_TIMEOUT_MS_DEFAULT = 120_000;
/** As many tokens as no model says in one answer. */
export const SERVICE_TOKENS_MAX = 10_000_000;
/** A coding agent reads, writes and tests for a good while before it answers: an hour. */
export const CODING_TIMEOUT_MS_DEFAULT = 3_600_000;
/** A large program on a busy machine, with its tools, takes some seconds until it is ready; its first start some more. */
export const CODING_READY_MS_DEFAULT = 60_000;
/** One at a time is right for a model on the same machine. */
export const SERVICE_PARALLEL_DEFAULT = 1;
/** Each run of a program is two processes. */
export const SERVICE_PARALLEL_MAX = 64;
/** More arguments belong into a script. */
export const SERVICE_ARGUMENTS_MAX = 256;
/** Linux refuses one argument above 128 KiB, its closing NUL included. */
export const SERVICE_ARGUMENT_CHARACTERS_MAX = 32_768;
/** A coding agent reads, writes and tests for a long while in one turn. */
export const SERVICE_TURN_TIMEOUT_MS_DEFAULT = 3_600_000;
/** The slowest of the known programs takes 8 s at its first start; a machine under load takes several times that. */
export const SERVICE_READY_MS_DEFAULT = 60_000;
/** A program that downloads something at its first start. */
export const SERVICE_READY_MS_MAX = 3_600_000;
/** Names of modes, models and logins: short words that the program itself made up. */
export const SERVICE_SETTING_CHARACTERS_MAX = 256;
/** Names of environment variables that are passed on. */
export const SERVICE_ENVIRONMENT_NAMES_MAX = 64;
/** A coding agent with its language server and a test run fits; a runaway does not take the machine. 4 GiB. */
export const SERVICE_MEMORY_BYTES_DEFAULT = 4_294_967_296;
/** Below this not even Node.js itself starts. 64 MiB. */
export const SERVICE_MEMORY_BYTES_MIN = 67_108_864;
/** More than machines have. 1 TiB. */
export const SERVICE_MEMORY_BYTES_MAX = 1_099_511_627_776;
/** A parallel build or test run on a large machine starts some dozens at once. */
export const SERVICE_PROCESSES_DEFAULT = 256;
/** Linux counts so many on a machine by default. */
export const SERVICE_PROCESSES_MAX = 32_768;
/** The packages that an agent installs for one job, a few times over. 4 GiB. */
export const SERVICE_FOLDER_BYTES_DEFAULT = 4_294_967_296;
/** Below this not even a tool's own configuration fits. 1 MiB. */
export const SERVICE_FOLDER_BYTES_MIN = 1_048_576;
/** More is a disk of its own. 1 TiB. */
export const SERVICE_FOLDER_BYTES_MAX = 1_099_511_627_776;
/** Each is a mount of its own at every start. */
export const SERVICE_READABLE_MAX = 64;

const timeoutMs = z
  .int()
  .min(SERVICE_TIMEOUT_MS_MIN)
  .max(SERVICE_TIMEOUT_MS_MAX)
  .default(SERVICE_TIMEOUT_MS_DEFAULT)
  .describe("Longest time for one answer, in milliseconds.");

const outputBytesMax = z
  .int()
  .min(1)
  .max(SERVICE_OUTPUT_BYTES_MAX)
  .default(SERVICE_OUTPUT_BYTES_DEFAULT)
  .describe("Largest answer, in bytes.");

const parallelMax = z
  .int()
  .min(1)
  .max(SERVICE_PARALLEL_MAX)
  .default(SERVICE_PARALLEL_DEFAULT)
  .describe(
    "How many answers to jobs may be in the making at once. Helpers are bounded by `workspace.helpersMax` instead.",
  );

const environmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "expected the name of an environment variable, without its value")
  .refine((name) => !name.startsWith("PLEIAD_"), "names that begin with PLEIAD_ are the daemon's own");

const argument = z
  .string()
  .max(SERVICE_ARGUMENT_CHARACTERS_MAX)
  .refine((text) => !text.includes("\0"), "an argument cannot contain a NUL character");

const program = z
  .string()
  .min(1)
  .max(4_096)
  .refine((text) => !text.includes("\0"), "a path cannot contain a NUL character")
  // A relative path would be looked up in the agent's private folder, which is empty.
  .refine(
    (text) => text.startsWith("/") || !text.includes("/"),
    "expected an absolute path, or a bare name that is looked up in PATH",
  );

const absolutePath = z
  .string()
  .max(4_096)
  .startsWith("/", "expected an absolute path")
  .refine((text) => !text.includes("\0"), "a path cannot contain a NUL character")
  .refine((text) => !text.split("/").includes(".."), "expected a path without ..");

/** What every service that starts programs says of their limits and of what they reach. */
export const confinementFields = {
  sandbox: z
    .enum(["auto", "bubblewrap", "none"])
    .default("auto")
    .describe(
      "What keeps the program from the rest of the machine: `bubblewrap`, which refuses to work without it; `none`; or `auto`, " +
        "bubblewrap where the machine has it and it works, else none. `pleiad node status` and `pleiad doctor` say which it is.",
    ),
  network: z
    .boolean()
    .default(false)
    .describe(
      "Whether the program may use the network. Without a sandbox nothing keeps it from that, whatever is said here.",
    ),
  readable: z
    .array(absolutePath)
    .max(SERVICE_READABLE_MAX)
    .default([])
    .describe(
      "What the program may read in a sandbox besides the system's folders, itself, and the files that its arguments name by absolute path: absolute paths of files and folders.",
    ),
  memoryBytesMax: z
    .int()
    .min(SERVICE_MEMORY_BYTES_MIN)
    .max(SERVICE_MEMORY_BYTES_MAX)
    .default(SERVICE_MEMORY_BYTES_DEFAULT)
    .describe("Most memory of one run, all its processes together, in bytes."),
  processesMax: z
    .int()
    .min(1)
    .max(SERVICE_PROCESSES_MAX)
    .default(SERVICE_PROCESSES_DEFAULT)
    .describe("Most processes of one run at once."),
  folderBytesMax: z
    .int()
    .min(SERVICE_FOLDER_BYTES_MIN)
    .max(SERVICE_FOLDER_BYTES_MAX)
    .default(SERVICE_FOLDER_BYTES_DEFAULT)
    .describe("Most that one run may write into its private folder (home, temporary files), in bytes."),
} as const;

/** An amount of money as text, so that none is ever a floating-point number: up to a million, six digits behind the point. */
export const amountSchema = z
  .string()
  .regex(/^(?:0|[1-9][0-9]{0,6})(?:\.[0-9]{1,6})?$/, 'expected an amount as text, as "12.50"');
export const currencySchema = z.string().regex(/^[A-Z]{3}$/, "expected three capital letters, as USD");

/** What a service's tokens cost. */
export const pricesSchema = z.strictObject({
  inputPerMillion: amountSchema,
  outputPerMillion: amountSchema,
  /** Read from the provider's cache. Left out: as input. */
  cachedPerMillion: amountSchema.optional(),
  currency: currencySchema.default("USD"),
});
export type PricesConfig = z.output<typeof pricesSchema>;

/** What every service may say of its prices. */
export const priceFields = {
  prices: pricesSchema
    .optional()
    .describe(
      'What a million tokens cost, as text: `inputPerMillion`, `outputPerMillion`, `cachedPerMillion` (read from the provider\'s cache; left out: as input), `currency` (USD). "0" for a model of your own.',
    ),
} as const;

/** The same, alone: for what is no service of the configuration. */
export const confinementSchema = z.strictObject(confinementFields);

/** The limits of a program and what it reaches, as a service has them. */
export type Confinement = z.output<typeof confinementSchema>;

/** What a service that starts a program says of it. */
const programFields = {
  program: program.describe("Absolute path of the program, or a bare name that is looked up in PATH."),
  args: z
    .array(argument)
    .max(SERVICE_ARGUMENTS_MAX)
    .default([])
    .describe("Arguments, passed as they are; no shell reads them."),
  environment: z
    .array(environmentName)
    .max(SERVICE_ENVIRONMENT_NAMES_MAX)
    .default([])
    .describe("Names of the daemon's environment variables that the program may see."),
  ...confinementFields,
  ...priceFields,
};

/** Service of kind `command`: a program, prompt on standard input, answer on standard output. */
export const commandServiceSchema = z.strictObject({
  kind: z.literal("command"),
  ...programFields,
  timeoutMs,
  outputBytesMax,
  parallelMax,
});

const setting = z.string().min(1).max(SERVICE_SETTING_CHARACTERS_MAX);

/** Service of kind `acp`: a coding agent's program that speaks the Agent Client Protocol. */
export const acpServiceSchema = z.strictObject({
  kind: z.literal("acp"),
  ...programFields,
  authMethod: setting.optional().describe("How to log in: one of the ways that the program offers."),
  mode: setting.optional().describe("Mode to work in: one of those that the program offers."),
  model: setting.optional().describe("Model to work with: one of those that the program offers."),
  readyMs: z
    .int()
    .min(SERVICE_TIMEOUT_MS_MIN)
    .max(SERVICE_READY_MS_MAX)
    .default(SERVICE_READY_MS_DEFAULT)
    .describe("Longest time from the start of the program until it takes a prompt, in milliseconds."),
  timeoutMs: timeoutMs
    .unwrap()
    .default(SERVICE_TURN_TIMEOUT_MS_DEFAULT)
    .describe("Longest time for one turn, in milliseconds."),
  outputBytesMax,
  parallelMax,
});

/** Service of kind `http`: a server that speaks one of the usual APIs of models. */
export const httpServiceSchema = z
  .strictObject({
    kind: z.literal("http"),
    baseUrl: z
      .string()
      .max(2_048)
      .refine(isPlainBaseUrl, "expected an http or https URL without user, password, query and fragment")
      .describe(
        "Address up to, and without, /chat/completions, /responses or /messages; for example http://127.0.0.1:11434/v1.",
      ),
    api: z
      .enum(["chat", "responses", "anthropic"])
      .default("chat")
      .describe(
        "What the server speaks: chat (OpenAI chat completions, which most servers speak), responses (OpenAI responses) or anthropic (Anthropic messages).",
      ),
    model: z.string().min(1).max(256).describe("Name of the model, as the server knows it."),
    apiKeyEnv: environmentName.optional().describe("Name of the environment variable that holds the key."),
    apiKeyFile: z
      .string()
      .startsWith("/", "expected an absolute path")
      .optional()
      .describe("Absolute path of a file that holds the key and nothing else."),
    allowKeyOverHttp: z
      .boolean()
      .default(false)
      .describe("Send the key over plain http to another machine. Whoever listens on the way can use it."),
    stream: z
      .boolean()
      .default(true)
      .describe(
        "Ask for answers as they are made. A server that refuses is asked for whole ones; false spares it the question.",
      ),
    idleTimeoutMs: z
      .int()
      .min(SERVICE_TIMEOUT_MS_MIN)
      .max(SERVICE_TIMEOUT_MS_MAX)
      .default(SERVICE_IDLE_TIMEOUT_MS_DEFAULT)
      .describe("How long nothing may come once a streamed answer has begun, in milliseconds."),
    tokensMax: z
      .int()
      .min(1)
      .max(SERVICE_TOKENS_MAX)
      .optional()
      .describe(
        "Most tokens of an answer; a version may ask for fewer. Left out: the provider's limit, 8192 for anthropic.",
      ),
    tools: z
      .array(z.enum(WORKSPACE_TOOLS))
      .max(WORKSPACE_TOOLS.length)
      .optional()
      .describe(
        "Names of the workspace's tools that its model may call, as a helper and in answers to executions, as [read_context, send_message]. Left out: all of them; []: none.",
      ),
    ...priceFields,
    timeoutMs,
    outputBytesMax,
    parallelMax,
  })
  .refine((service) => service.apiKeyEnv === undefined || service.apiKeyFile === undefined, {
    path: ["apiKeyFile"],
    message: "expected either apiKeyEnv or apiKeyFile, not both",
  })
  .refine((service) => service.allowKeyOverHttp || !sendsKeyInClear(service), {
    path: ["baseUrl"],
    message: "expected https, since a key is sent (allowKeyOverHttp: true permits plain http)",
  });

/** Coding agents with a command line of their own that the daemon knows how to drive. */
export const CLI_KINDS = ["claude", "codex", "opencode", "gemini", "qwen"] as const;

const cliFields = {
  program: program
    .optional()
    .describe(
      "Absolute path of the program, or a bare name that is looked up in PATH; by default the kind's own name.",
    ),
  args: z
    .array(argument)
    .max(SERVICE_ARGUMENTS_MAX)
    .default([])
    .describe("Further arguments, after the daemon's own; no shell reads them."),
  environment: z
    .array(
      environmentName.refine(
        (name) => name !== "HOME",
        "a coding agent has a home of its own; name its login by loginFile, or a variable that holds its key",
      ),
    )
    .max(SERVICE_ENVIRONMENT_NAMES_MAX)
    .default([])
    .describe(
      "Names of the daemon's environment variables that the program may see, that of its key among them.",
    ),
  loginFile: z
    .string()
    .startsWith("/", "expected an absolute path")
    .optional()
    .describe(
      "Absolute path of the file in which the program keeps your login, for example ~/.codex/auth.json written out. The agent finds a link to it in its own home.",
    ),
  model: z
    .string()
    .min(1)
    .max(256)
    .refine((text) => !text.startsWith("-"), "a model's name does not begin with a hyphen")
    .optional()
    .describe("Name of the model; by default what the program takes by itself."),
  baseUrl: z
    .string()
    .max(2_048)
    .refine(isPlainBaseUrl, "expected an http or https URL without user, password, query and fragment")
    .optional()
    .describe("Address of the model's server, if it is not the program's own."),
  approval: z
    .enum(["edits", "all"])
    .default("edits")
    .describe(
      "What the agent may do unasked. edits: change files of its work folder (codex: run programs there, too, without network); for anything else claude asks, and the others are refused. " +
        "all: whatever it likes; for a machine or a sandbox of its own.",
    ),
  timeoutMs: timeoutMs.default(CODING_TIMEOUT_MS_DEFAULT),
  readyMs: z
    .int()
    .min(SERVICE_TIMEOUT_MS_MIN)
    .max(SERVICE_TIMEOUT_MS_MAX)
    .default(CODING_READY_MS_DEFAULT)
    .describe("Longest time until the program is ready and has its tools, in milliseconds."),
  outputBytesMax,
  parallelMax,
} as const;

/** A coding agent asks its model over the network. */
const codingConfinement = {
  ...confinementFields,
  network: z
    .boolean()
    .default(true)
    .describe("Whether the program may use the network in a sandbox: it asks its model over it."),
} as const;

/** A service whose model is a coding agent. */
function cliServiceSchema<const Kind extends (typeof CLI_KINDS)[number]>(kind: Kind) {
  return z.strictObject({ kind: z.literal(kind), ...cliFields, ...codingConfinement, ...priceFields });
}

const needsModel = (service: { model?: string | undefined; baseUrl?: string | undefined }): boolean =>
  service.baseUrl === undefined || service.model !== undefined;
const modelMissing = {
  path: ["model"],
  message: "expected the model's name, since baseUrl is another server",
};

/** Service of kind `claude`: Claude Code. */
export const claudeServiceSchema = cliServiceSchema("claude");
/** Service of kind `codex`. */
export const codexServiceSchema = cliServiceSchema("codex").refine(needsModel, modelMissing);
/** Service of kind `opencode`. */
export const opencodeServiceSchema = cliServiceSchema("opencode").refine(needsModel, modelMissing);
/** Service of kind `gemini`: Gemini CLI. */
export const geminiServiceSchema = cliServiceSchema("gemini");
/** Service of kind `qwen`: Qwen Code. */
export const qwenServiceSchema = cliServiceSchema("qwen").refine(needsModel, modelMissing);

/** One service of the operator's configuration. */
export const serviceSchema = z.discriminatedUnion("kind", [
  commandServiceSchema,
  httpServiceSchema,
  acpServiceSchema,
  claudeServiceSchema,
  codexServiceSchema,
  opencodeServiceSchema,
  geminiServiceSchema,
  qwenServiceSchema,
]);

/** A service as the daemon uses it: parsed, with every default filled in. */
export type ServiceConfig = z.output<typeof serviceSchema>;
/** A service of kind `command`. */
export type CommandServiceConfig = z.output<typeof commandServiceSchema>;
/** A service of kind `acp`. */
export type AcpServiceConfig = z.output<typeof acpServiceSchema>;
/** A service of kind `http`. */
export type HttpServiceConfig = z.output<typeof httpServiceSchema>;
/** A service whose kind is a coding agent's command line. */
export type CliServiceConfig = Extract<ServiceConfig, { kind: (typeof CLI_KINDS)[number] }>;

function isPlainBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") return false;
  return url.username === "" && url.password === "" && !text.includes("?") && !text.includes("#");
}

function sendsKeyInClear(service: { baseUrl: string; apiKeyEnv?: unknown; apiKeyFile?: unknown }): boolean {
  if (service.apiKeyEnv === undefined && service.apiKeyFile === undefined) return false;
  if (!URL.canParse(service.baseUrl)) return false;
  const { protocol, hostname } = new URL(service.baseUrl);
  const loopback = hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  return protocol === "http:" && !loopback;
}
