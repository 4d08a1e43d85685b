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
export interface AgentRun extends CodingRun {
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
}

/** What a coding agent is given for one answer beside the prompt, whose run is a session of one turn; other drivers leave it out. */
export interface CodingRun
  extends Partial<
    Pick<
      SessionStart,
      "workFolder" | "homeFolder" | "toolServers" | "toolsReady" | "onEvent" | "askPermission"
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
  /** Bytes of output (for http: of the answer's body) so far. */
  readonly outputBytes: number;
  /** Since `run` was called, in milliseconds. */
  readonly elapsedMs: number;
}

/** What a run gave. */
export interface AgentOutcome {
  /** The answer: valid UTF-8, not blank, unchanged. */
  readonly output: Uint8Array;
  /** What the provider counted, where it says so. */
  readonly usage?: AgentUsage;
  /** Name of the model that answered, as the provider reports it. */
  readonly model?: string;
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
