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
    cause:
      "A run was ended because it wrote more into its private folder than the service allows, or because what is kept of an agent (its home, its work folder, its copy of a project) has grown over its limit.",
    hint: "Raise the limit (the key that the message names, else `folderBytesMax` of the service) if the disk has it. Else take away what fills the folder: a copy by `pleiad workspace rollback` or `discard`; a helper's home and work folder go when it is stopped.",
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
  REPOSITORY_HEADER_INVALID: {
    title: "The request does not say which repository",
    cause: "A request begins with `repository:`, and its first lines are not as a node reads them.",
    hint: "Begin with `repository: NAME-OR-URL`, if wanted `base: BRANCH-TAG-OR-COMMIT`, then an empty line.",
    retriesMax: 0,
  },
  REPOSITORY_BASE_INVALID: {
    title: "The base is no name of a commit",
    cause: "A request names a base that is no branch, no tag and no commit by its spelling.",
    hint: "Name a branch, a tag, or a commit with all of its digits.",
    retriesMax: 0,
  },
  REPOSITORY_BASE_UNKNOWN: {
    title: "The repository has no such commit",
    cause: "A request names a base that its repository does not have, or its HEAD names no commit.",
    hint: "Name a branch, a tag or a commit that the repository has, or leave `base` away for its HEAD.",
    retriesMax: 0,
  },
  REPOSITORY_UNCONFINED: {
    title: "Nothing keeps the agent from the rest of the machine",
    cause: "A request names a repository, and the service's program would work on it without a sandbox.",
    hint: "As the operator: install bubblewrap (`pleiad doctor` says whether it works), or set `folders.withoutSandbox` where you trust who executes and what is in the repositories.",
    retriesMax: 0,
  },
  REPOSITORY_UNKNOWN: {
    title: "The node offers no repository of this name",
    cause: "A request names a repository that the operator does not offer to requesters.",
    hint: "Ask the operator which names there are. As the operator: name it under `folders.projects` and `folders.requesters`.",
    retriesMax: 0,
  },
  REPOSITORY_URL_REFUSED: {
    title: "The repository's URL is not one that a node takes",
    cause:
      "A URL is of another kind than https, or is not in its plainest spelling: with `..`, `%`, a name, a password, a query.",
    hint: "Name the repository by its plain https URL.",
    retriesMax: 0,
  },
  REPOSITORY_UNLISTED: {
    title: "The node takes no work on this repository",
    cause: "A request names a URL that is not below one of the operator's list.",
    hint: "Ask the operator for it. As the operator: add a beginning of the URL to `folders.repositories`.",
    retriesMax: 0,
  },
  REPOSITORY_TOO_LARGE: {
    title: "The repository is too large",
    cause: "A repository, as it comes or checked out, has more bytes or files than a node takes.",
    hint: "Ask for work on a smaller repository. As the operator: raise `folders.repositoryBytesMax`.",
    retriesMax: 0,
  },
  REPOSITORY_TIMED_OUT: {
    title: "The repository did not come in time",
    cause: "Its server is slow or silent.",
    hint: "Try again later. As the operator: raise `folders.repositoryTimeoutMs`.",
    retriesMax: 1,
  },
  REPOSITORY_UNREACHABLE: {
    title: "The repository cannot be fetched",
    cause: "Its server refuses, redirects to another place or is away, or what it sends is damaged.",
    hint: "See what git says of it; a repository that asks for a password or redirects is never fetched.",
    retriesMax: 3,
  },
  AGENT_SESSION_LOST: {
    title: "The agent's session cannot be gone on with",
    cause: "The program cannot resume sessions, or does not know this one any more.",
    hint: "Start a new session, and give the agent what it has to know in its first prompt.",
    retriesMax: 0,
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
    hint: "Check `model`, `baseUrl` and `api` of the service; the server's own reason is in the daemon's log (`bodyStart`).",
    retriesMax: 0,
  },
  AGENT_HTTP_KEY_REFUSED: {
    title: "The model's server refused the key",
    cause: "The server wants a key, or refused the one that it was given (status 401).",
    hint: "Set `apiKeyEnv` or `apiKeyFile` of the service to a key that this server takes, and `api` to the API that the key is for.",
    retriesMax: 0,
  },
  AGENT_HTTP_STALLED: {
    title: "The model's server stopped in the middle of an answer",
    cause: "The server began an answer and then sent nothing for the service's `idleTimeoutMs`.",
    hint: "Look at the server's log; raise `idleTimeoutMs` of the service if the model pauses so long.",
    retriesMax: 1,
  },
  AGENT_HTTP_REDIRECTED: {
    title: "The model's server is elsewhere",
    cause: "The server sends elsewhere (status 3xx). Redirects are not followed, so a key goes nowhere else.",
    hint: "Set `baseUrl` of the service to the final address.",
    retriesMax: 0,
  },
  AGENT_HTTP_MALFORMED: {
    title: "What answers is no model's server",
    cause: "The server's answer is not what the service's `api` promises.",
    hint: "Check that `baseUrl` is the address of a model's server, usually ending in /v1, and that it speaks the `api` of the service.",
    retriesMax: 1,
  },
  AGENT_HTTP_KEY_MISSING: {
    title: "The key for the model's server is missing",
    cause: "The key of an http service is not where the configuration says, or is not usable.",
    hint: "Set the environment variable, or write the key, alone, into the file.",
    retriesMax: 0,
  },
  AGENT_REFUSED: {
    title: "The model refused to answer",
    cause: "The model, or its provider's filter, declined to answer.",
    hint: "Read what it said in the daemon's log (`refusal`); change the task's prompt, or serve the model by another provider.",
    retriesMax: 0,
  },
  AGENT_CALL_CUT: {
    title: "The call of a tool was cut off",
    cause: "The provider ended the answer at a limit of tokens, in the middle of the call of a tool.",
    hint: "Raise `tokensMax` of the service, or of the agent in a new version of the cluster.",
    retriesMax: 0,
  },
  AGENT_TOOLS_ENDLESS: {
    title: "The model did not stop calling tools",
    cause: "The model called tools in as many rounds as a run may have, and went on.",
    hint: "Make the task smaller, or say in its prompt when it is done.",
    retriesMax: 0,
  },
  AGENT_TOOLS_INVALID: {
    title: "The tools cannot be offered to the model",
    cause: "A run has more tools than a model is offered, or two whose names are the same for a model.",
    hint: "Allow fewer tools, or give them names of letters, digits, _ and - that differ.",
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
  TERMINAL_ENDED: {
    title: "The terminal's agent has ended",
    cause: "What the terminal shows is over; it may still be read.",
    hint: "Start the agent again.",
    retriesMax: 0,
  },
  TERMINAL_EXISTS: {
    title: "The agent has a terminal",
    cause: "A terminal of that name is open, and what it shows still runs.",
    hint: "Stop the agent first, or take another name.",
    retriesMax: 0,
  },
  TERMINAL_IN_DIALOG: {
    title: "The agent waits for an answer",
    cause: "The agent shows a dialog: what is typed now would answer it.",
    hint: "Answer the dialog first, then type again.",
    retriesMax: 5,
  },
  TERMINAL_INPUT_TOO_FAST: {
    title: "Too much was typed at once",
    cause: "A terminal takes 64 KiB and 200 pieces of input a second; this piece was not taken.",
    hint: "Type it again a little later; put what is long into a file of the project.",
    retriesMax: 5,
  },
  TERMINAL_INPUT_TOO_LARGE: {
    title: "The input is too large",
    cause: "One piece of input has at most 16 KiB.",
    hint: "Send it in pieces, or put it into a file of the project.",
    retriesMax: 0,
  },
  TERMINAL_INPUT_WAITS: {
    title: "The program does not read",
    cause: "The program has not read what was typed before, and no more is kept for it.",
    hint: "Wait until it reads, or stop the agent.",
    retriesMax: 5,
  },
  TERMINAL_RECORDING_FAILED: {
    title: "The terminal cannot be recorded",
    cause: "The recording's file cannot be made, so the terminal was not opened.",
    hint: "Look at the folder that is configured for recordings: its owner, its mode and the free space.",
    retriesMax: 0,
  },
  TERMINAL_SIZE_INVALID: {
    title: "No terminal has that size",
    cause: "A terminal has 10 to 500 columns and 3 to 200 rows.",
    hint: "Make the window larger or smaller.",
    retriesMax: 0,
  },
  TERMINAL_TYPING_REFUSED: {
    title: "The text cannot be typed",
    cause:
      "The text is empty, holds control characters, or has several lines that the program would take for several answers.",
    hint: "Type one line of plain text.",
    retriesMax: 0,
  },
  TERMINAL_TYPING_UNSEEN: {
    title: "What was typed does not show",
    cause:
      "The program did not show what was typed, so Enter was not sent: a dialog may have come in between.",
    hint: "Look at the terminal: pleiad workspace attach NAME.",
    retriesMax: 0,
  },
  TERMINAL_VIEWERS_TOO_MANY: {
    title: "Too many look at the terminal",
    cause: "A terminal has at most 16 viewers.",
    hint: "Close one of them.",
    retriesMax: 5,
  },
  TERMINAL_VIEW_ONLY: {
    title: "The terminal may only be looked at",
    cause: "The token allows to look at this terminal and not to type into it.",
    hint: "Use the operator's token, or that of the user for whom the agent works.",
    retriesMax: 0,
  },
  TERMINALS_TOO_MANY: {
    title: "Too many terminals",
    cause: "As many agents of this daemon have a terminal as it allows, and none of them is over.",
    hint: "Stop an agent that nobody needs.",
    retriesMax: 5,
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
