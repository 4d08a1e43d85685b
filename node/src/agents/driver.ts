import type { Prompt } from "./prompt.ts";
import type { SessionStart } from "./session.ts";

/**
 * What answers prompts. Every kind of model stands behind this interface, and every implementation passes
 * `test/node/agents/driverBehaviour.ts`.
 */
export interface AgentDriver {
  /** Kind of service, as in the configuration. */
  readonly kind: string;
  /** How many runs may be under way at once; a further one waits for a place, and its time counts. */
  readonly parallelMax: number;
  /**
   * Gets one answer.
   *
   * It settles only when nothing of the run is left: no process, no folder, no connection.
   *
   * @throws AgentError with one of the codes `AGENT_…`, see `AGENT_ERRORS`; nothing else is expected.
   */
  run(request: AgentRun): Promise<AgentOutcome>;
}

/** One question to a driver. */
export interface AgentRun extends CodingRun, UsageWatch {
  /** What to ask, from `buildPrompt`. */
  readonly prompt: Prompt;
  /** What the version says of the agent's answers; a driver that cannot say so to its model leaves it out. */
  readonly settings?: AgentSettings;
  /** Stops the run: it then ends with AGENT_STOPPED. */
  readonly signal: AbortSignal;
  /** What is left of the job's lease, in milliseconds. The smaller of this and the service's own limit counts. */
  readonly timeoutMs: number;
  /** Largest answer the job can use, in bytes. The smaller of this and the service's own limit counts. */
  readonly outputBytesMax: number;
  /** Whose process this is, from `agentTag`: names the data folder and the job. */
  readonly tag: string;
  /** Called when output arrives. */
  readonly onProgress?: (progress: AgentProgress) => void;
  /** Tools that the model may call while it works. @default none; a driver that cannot offer them leaves them out */
  readonly tools?: AgentTools;
}

/** Who keeps books of what a run or a turn uses, however it ends. */
export interface UsageWatch {
  /** Called once a model may have been asked: from then on it may cost something, whatever comes of it. */
  readonly onAsked?: () => void;
  /**
   * Called with what was used so far, each time the provider tells: also where the run or the turn then fails, is stopped or
   * lost. Who keeps a budget ends it with `signal`.
   */
  readonly onUsage?: (told: UsageTold) => void;
}

/** What a provider has told of what was used, up to some moment; what it does not tell is left out. */
export interface UsageTold {
  readonly usage?: AgentUsage;
  /** Name of the model that answered, as the provider reports it. */
  readonly model?: string;
  /** What the program itself says that it cost, in dollars; of a session's turn: of the session up to here. */
  readonly costUsd?: number;
}

/** What a model can do beside answering. The driver calls nothing that was not listed. */
export interface AgentTools {
  /** The tools, each with a name of its own; asked once, when the run begins. */
  list(): readonly ToolSpec[];
  /**
   * Does what a tool does. A failure is told to the model: a PleiadError with its code and message, anything else as
   * "the tool failed".
   *
   * @param args As the model gave them: any JSON object, checked against nothing.
   * @param signal Ends when the run does; the work must end then too.
   */
  call(name: string, args: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<ToolAnswer>;
}

/** A tool, as a model is told of it. */
export interface ToolSpec {
  /** Best of letters, digits, `_` and `-`, at most 64; any other character is shown to the model as `_`. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments, an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What a tool said. */
export interface ToolAnswer {
  readonly text: string;
  /** It did not do what it was asked for. @default false */
  readonly isError?: boolean;
}

/** What a coding agent is given for one answer beside the prompt, whose run is a session of one turn; other drivers leave it out. */
export interface CodingRun
  extends Partial<
    Pick<
      SessionStart,
      | "workFolder"
      | "homeFolder"
      | "kept"
      | "readable"
      | "toolServers"
      | "toolsReady"
      | "onEvent"
      | "askPermission"
    >
  > {}

/** How an agent is to answer, where its version has a say. */
export interface AgentSettings {
  /** Most tokens of an answer. */
  readonly tokensMax?: number;
  /** Sampling temperature, 0 to 2. */
  readonly temperature?: number;
}

/** How far a run is. */
export interface AgentProgress {
  /** Bytes of output so far (for http, where an answer comes whole: of its body). */
  readonly outputBytes: number;
  /** Since `run` was called, in milliseconds. */
  readonly elapsedMs: number;
}

/** What a run gave. */
export interface AgentOutcome extends UsageTold {
  /** The answer: valid UTF-8, not blank, unchanged. */
  readonly output: Uint8Array;
  /** The provider ended the answer at a limit of tokens, the version's or its own: it may lack its end. @default false */
  readonly isCut?: boolean;
  /** From the call of `run` to its end, in milliseconds, waiting for a place included. */
  readonly elapsedMs: number;
}

/** Tokens, as the provider counts them. */
export interface AgentUsage {
  /** All that was read, also what came from the provider's cache. */
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** How much of the input came from the provider's cache, which costs less. */
  readonly cachedTokens?: number;
}
