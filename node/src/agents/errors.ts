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
  AGENT_VERSION_REFUSED: {
    title: "The agent's program is too old",
    cause:
      "The version of a coding agent's program is older than any that is known to work, or it does not say its version.",
    hint: "Install the version that the message names, for example with `npm install -g`; `pleiad doctor` checks it.",
    retriesMax: 0,
  },
  AGENT_NOT_READY: {
    title: "The agent did not get ready",
    cause: "The program of a coding agent was started, and did not say in time that it is ready.",
    hint: "Run the program by hand: it may wait for a login or a download. Raise `readyMs` of the service if it needs longer.",
    retriesMax: 1,
  },
  AGENT_TOOLS_MISSING: {
    title: "The agent's tools were not connected",
    cause:
      "The program of a coding agent did not connect the tools that it was given before the time was over.",
    hint: "Look at the daemon's log for the tools' own errors. Raise `readyMs` of the service if the program needs longer.",
    retriesMax: 1,
  },
  AGENT_LOGIN_MISSING: {
    title: "The agent's program is not logged in",
    cause: "The program of a coding agent asks for a login, or refused the one that it has.",
    hint: "Log in with the program by hand, or name the variable that holds its key in `environment` of the service.",
    retriesMax: 0,
  },
  AGENT_SESSION_LOST: {
    title: "The agent's session cannot be gone on with",
    cause: "The program cannot resume sessions, or does not know this one any more.",
    hint: "Start a new session, and give the agent what it has to know in its first prompt.",
    retriesMax: 0,
  },
  AGENT_PROTOCOL_BROKEN: {
    title: "The agent's program broke its protocol",
    cause:
      "What the program wrote is not what its protocol says: garbage, a line without end, an answer of another form or version.",
    hint: "Check `program` and `args` of the service: they have to start the program in the mode that its kind of service speaks.",
    retriesMax: 1,
  },
  AGENT_SETTING_REFUSED: {
    title: "The agent's program does not take a setting",
    cause: "The program does not offer the mode, the model or the kind of login that the service names.",
    hint: "Choose one of those that the error lists, or leave the setting out of the service.",
    retriesMax: 0,
  },
  AGENT_ATTACHMENT_REFUSED: {
    title: "The agent takes no such file",
    cause: "The program of a coding agent takes no attachments of this kind, or they are too large.",
    hint: "Put the file into the agent's work folder, and name it in the text.",
    retriesMax: 0,
  },
  AGENT_TURN_RUNNING: {
    title: "The agent is at work",
    cause: "A prompt was given to a session while another one is being worked on.",
    hint: "Wait for the end of the turn, or stop it.",
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
