import { PleiadError } from "@pleiad/sdk/errors";

/** What stands in the table for one code. */
export interface AgentErrorEntry {
  /** What happened, in a few words for an operator. */
  readonly title: string;
  /** What happened, as one sentence. */
  readonly cause: string;
  /** What the reader can do about it. */
  readonly hint: string;
  /** How often the same job may be tried again on this node because of it; 0 = not at all. */
  readonly retriesMax: number;
}

/** A fault of the network or of a busy server usually passes; the job's lease ends the attempts in any case. */
const RETRIES_PASSING = 5;

/** Every expected failure of this folder, in one table. */
export const AGENT_ERRORS = {
  AGENT_PROGRAM_MISSING: {
    title: "The service's program is not there",
    cause: "The program of a command service does not exist or cannot be executed.",
    hint: "Correct `program` of the service; `pleiad doctor` checks it.",
    retriesMax: 0,
  },
  AGENT_START_FAILED: {
    title: "The machine cannot start the service's program",
    cause: "The machine refused to start a process or to create its folder.",
    hint: "Look at the code in the daemon's log line: too many processes, too many open files, no memory or no disk space.",
    retriesMax: 3,
  },
  AGENT_FAILED: {
    title: "The service's program failed",
    cause: "The program ended with an exit code other than 0, or by a signal.",
    hint: "Read the end of its error output in the daemon's log (`stderrTail`), and run the program by hand with the same prompt.",
    retriesMax: 1,
  },
  AGENT_TIMED_OUT: {
    title: "The service took too long",
    cause: "No complete answer came within the time of the service or of the job.",
    hint: "Raise `timeoutMs` of the service, or use a faster model.",
    retriesMax: 0,
  },
  AGENT_OUTPUT_TOO_LARGE: {
    title: "The service's answer is too large",
    cause: "The answer is larger than the service or the job allows.",
    hint: "Raise `outputBytesMax` of the service, or make the model answer more briefly.",
    retriesMax: 0,
  },
  AGENT_OUTPUT_NOT_UTF8: {
    title: "The service's answer is no text",
    cause: "The answer is not valid UTF-8 text.",
    hint: "Make the program write UTF-8, and nothing else, to standard output.",
    retriesMax: 0,
  },
  AGENT_OUTPUT_EMPTY: {
    title: "The service answered nothing",
    cause: "The answer is empty, or white space alone.",
    hint: "Make the program write its answer to standard output.",
    retriesMax: 1,
  },
  AGENT_STOPPED: {
    title: "The job was stopped before it had an answer",
    cause: "The run was stopped before it ended.",
    hint: "Nothing is wrong: the daemon ends, or the task needs no answer any more.",
    retriesMax: 0,
  },
  AGENT_MEMORY_EXCEEDED: {
    title: "The service's program used too much memory",
    cause: "The processes of a run used more memory together than the service allows, and were ended.",
    hint: "Raise `memoryBytesMax` of the service if the machine has it, or give the agent less to do at once.",
    retriesMax: 1,
  },
  AGENT_PROCESSES_EXCEEDED: {
    title: "The service's program started too many processes",
    cause: "A run had more processes at once than the service allows, and was ended with all of them.",
    hint: "Raise `processesMax` of the service if its work needs so many; else look at what the agent starts.",
    retriesMax: 0,
  },
  AGENT_FOLDER_FULL: {
    title: "The service's program wrote too much",
    cause: "A run wrote more into its private folder than the service allows, and was ended.",
    hint: "Raise `folderBytesMax` of the service if the disk has it; else look at what the agent writes to its home and its temporary folder.",
    retriesMax: 0,
  },
  AGENT_SANDBOX_MISSING: {
    title: "There is no sandbox for the service's program",
    cause: "The service asks for bubblewrap, and this machine has none that works.",
    hint: "Install bubblewrap, or let the kernel allow user namespaces; `pleiad doctor` says what is in the way. Or set `sandbox: auto`, which does without.",
    retriesMax: 0,
  },
  AGENT_SANDBOX_REFUSED: {
    title: "A sandbox cannot show what a service asks for",
    cause:
      "A path that the program is to read is not there, or lies in a folder that no agent may see, as the daemon's own.",
    hint: "Correct `readable`, `program` or `args` of the service, or keep such files outside of the daemon's data folder.",
    retriesMax: 0,
  },
  BUDGET_USED_UP: {
    title: "The budget is used up",
    cause:
      "A budget for the run, its agent, its cluster, its user or the day is used up by what providers and prices say, or is 0.",
    hint: "Raise the budget under `budgets` of the configuration, or of the agent; `pleiad workspace usage` shows who spent what.",
    retriesMax: 0,
  },
  BUDGET_PRICE_MISSING: {
    title: "Nobody can tell what a run would cost",
    cause: "There is a budget, and the service has no prices in its currency, so nothing could stop the run.",
    hint: 'Give the service `prices` in the currency of the budgets; "0" for a model of your own.',
    retriesMax: 0,
  },
  APPROVAL_UNKNOWN: {
    title: "There is no such question",
    cause: "No question of an agent and no remembered answer has this id, or it is too long ago.",
    hint: "Look at what waits: `pleiad workspace approvals list`.",
    retriesMax: 0,
  },
  APPROVAL_ENDED: {
    title: "The question was answered already, or is over",
    cause:
      "An agent's question has an answer, ran out of time, or was cancelled with the session that asked.",
    hint: "Nothing is to be done; `pleiad workspace approvals list --all` shows how it ended.",
    retriesMax: 0,
  },
  APPROVAL_OPTION_UNKNOWN: {
    title: "The agent does not offer this answer",
    cause: "An answer names an option that the agent did not offer.",
    hint: "Choose one of the options that `pleiad workspace approvals list` shows.",
    retriesMax: 0,
  },
  APPROVAL_NOT_YOURS: {
    title: "Only a person answers agents",
    cause: "The token is an agent's or a helper's, or of a user who does not own the cluster.",
    hint: "Use the operator's token, or that of the cluster's owner.",
    retriesMax: 0,
  },
  AGENT_BUSY: {
    title: "The service is busy",
    cause: "All places of the service stayed taken, or too many runs wait for one.",
    hint: "Raise `parallelMax` of the service if the machine can bear it.",
    retriesMax: RETRIES_PASSING,
  },
  AGENT_TAG_INVALID: {
    title: "A job has no valid mark",
    cause: "The tag of a run is not of the form PREFIX:JOB.",
    hint: "Report it: the daemon makes these marks itself.",
    retriesMax: 0,
  },
  AGENT_HTTP_UNREACHABLE: {
    title: "The model's server does not answer",
    cause: "The server of an http service does not answer, or the connection broke.",
    hint: "Start the server, or correct `baseUrl` of the service; `pleiad doctor` checks it.",
    retriesMax: RETRIES_PASSING,
  },
  AGENT_HTTP_LIMITED: {
    title: "The model's server asks for fewer requests",
    cause: "The server asks for fewer requests (status 429).",
    hint: "Wait as long as it says, or lower `parallelMax` of the service.",
    retriesMax: RETRIES_PASSING,
  },
  AGENT_HTTP_UNAVAILABLE: {
    title: "The model's server failed",
    cause: "The server failed (status 5xx).",
    hint: "Look at the server's log.",
    retriesMax: RETRIES_PASSING,
  },
  AGENT_HTTP_REFUSED: {
    title: "The model's server refused the request",
    cause: "The server refused the request (status 4xx).",
    hint: "Check `model`, `baseUrl` and the key of the service; the server's own reason is in the daemon's log (`bodyStart`).",
    retriesMax: 0,
  },
  AGENT_HTTP_REDIRECTED: {
    title: "The model's server is elsewhere",
    cause: "The server sends elsewhere (status 3xx). Redirects are not followed, so a key goes nowhere else.",
    hint: "Set `baseUrl` of the service to the final address.",
    retriesMax: 0,
  },
  AGENT_HTTP_MALFORMED: {
    title: "What answers is no model's server",
    cause: "The server's answer is not a chat completion.",
    hint: "Check that `baseUrl` is the address of an OpenAI-compatible server, usually ending in /v1.",
    retriesMax: 1,
  },
  AGENT_HTTP_KEY_MISSING: {
    title: "The key for the model's server is missing",
    cause: "The key of an http service is not where the configuration says, or is not usable.",
    hint: "Set the environment variable, or write the key, alone, into the file.",
    retriesMax: 0,
  },
  INPUT_EMPTY: {
    title: "The input is empty",
    cause: "The input is empty, or white space alone.",
    hint: "Give a text.",
    retriesMax: 0,
  },
  INPUT_NOT_NAMED: {
    title: "The input does not fit the names of the version",
    cause: "The version names variables, and the input does not bring a text for each of them and no other.",
    hint: "Give a text for each name: pleiad cluster execute CLUSTER --input NAME=FILE, once for each.",
    retriesMax: 0,
  },
  INPUT_NOT_TEXT: {
    title: "The input is no text",
    cause: "The input is not UTF-8 text.",
    hint: "Convert the document to UTF-8 text first.",
    retriesMax: 0,
  },
  INPUT_TOO_LARGE: {
    title: "The input is too large",
    cause: "The input is larger than a document may be.",
    hint: "Split the document, or shorten it.",
    retriesMax: 0,
  },
  PROMPT_TOO_LARGE: {
    title: "The prompt would be too long",
    cause: "Request, persona and task are too long for one prompt, even without thread and outputs.",
    hint: "Shorten the request, or the prompt of the task.",
    retriesMax: 0,
  },
  PROMPT_NAME_INVALID: {
    title: "A task has a name that no prompt can hold",
    cause: "The name of a task cannot stand in a prompt, or stands there twice.",
    hint: "Use 1 to 32 letters, digits, spaces, hyphens and underscores; publish a new version of the cluster.",
    retriesMax: 0,
  },
  PROMPT_PARTS_INVALID: {
    title: "The prompt cannot be built",
    cause: "What a prompt is to be built from is not well-formed text, or has too many parts.",
    hint: "Look at the input and the texts of the version; the daemon's log names the part that is wrong.",
    retriesMax: 0,
  },
  PROMPT_MALFORMED: {
    title: "What was given is no prompt",
    cause: "A text is not a prompt of version 1.",
    hint: "Let the program read what the daemon writes to its standard input, byte by byte.",
    retriesMax: 0,
  },
} as const satisfies Readonly<Record<string, AgentErrorEntry>>;

/** Codes of this folder's errors. */
export type AgentErrorCode = keyof typeof AGENT_ERRORS;

/** What an `AgentError` carries beside what the table says. */
export interface AgentErrorOptions {
  /** The offending values, by name. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What caused it. */
  readonly cause?: unknown;
  /** How long to wait before the next attempt, in milliseconds, where the server said so. */
  readonly retryAfterMs?: number;
}

/** An expected failure of an agent, of a prompt or of an input. */
export class AgentError extends PleiadError {
  /** How often the same job may be tried again on this node because of it; 0 = not at all. */
  readonly retriesMax: number;
  /** How long to wait before the next attempt, in milliseconds, where the server said so. */
  readonly retryAfterMs: number | undefined;

  constructor(code: AgentErrorCode, message: string, options: AgentErrorOptions = {}) {
    const entry = AGENT_ERRORS[code];
    super(message, {
      code,
      hint: entry.hint,
      retryable: entry.retriesMax > 0,
      ...(options.details === undefined ? {} : { details: options.details }),
      ...(options.cause === undefined ? {} : { cause: options.cause }),
    });
    this.retriesMax = entry.retriesMax;
    this.retryAfterMs = options.retryAfterMs;
  }
}
