import { AgentError } from "../errors.ts";
import type { GuardedExit } from "../guardedProcess.ts";
import { exceededError } from "../sandbox/exceeded.ts";
import type { RunLimits } from "../sandbox/watch.mjs";
import { printable } from "../text.ts";
import { protocolBroken } from "./jsonLines.ts";
import type { CliTool } from "./tool.ts";
import { meansNotLoggedIn } from "./turn.ts";

/** The last words of a program in an error's message, in characters. */
const LAST_WORDS_CHARACTERS_MAX = 400;

/** Codes that say something about the program; the others are the machine's. */
const PROGRAM_CODES = new Set([
  "ENOENT",
  "EACCES",
  "ENOTDIR",
  "EISDIR",
  "ELOOP",
  "ENOEXEC",
  "EPERM",
  "ENAMETOOLONG",
]);

/** How programs say that they do not know a session. */
const SESSION_UNKNOWN =
  /no conversation found|session (?:id )?(?:"[^"]*" )?(?:does not exist|not found)|no (?:saved |previous )?sessions?\b[^\n]{0,40}(?:found|for this)|invalid session identifier|no rollout found|thread not found|error resuming session|unknown session/i;

/** How programs say that they do not begin without their tools. */
const TOOLS_MISSING = /mcp servers? failed to (?:initialize|start|connect)/i;

/** What is known where a program failed. */
export interface FailureContext {
  readonly tool: CliTool;
  readonly program: string;
  readonly timeoutMs: number;
  /** The session that it was to go on with. */
  readonly resume: string | undefined;
  readonly secrets: readonly string[];
  readonly limits: RunLimits;
}

/** The error of what a program itself says went wrong. */
export function failureSaid(
  words: string,
  { tool, resume }: FailureContext,
  details: object = {},
): AgentError {
  const all = { program: tool.kind, ...details };
  if (meansNotLoggedIn(words)) {
    const hint = tool.keyVariables[0];
    return new AgentError(
      "AGENT_LOGIN_MISSING",
      `${tool.kind} is not logged in (it reads ${hint}): ${words}`,
      {
        details: all,
      },
    );
  }
  if (resume !== undefined && SESSION_UNKNOWN.test(words))
    return new AgentError(
      "AGENT_SESSION_LOST",
      `${tool.kind} does not know the session ${resume}: ${words}`,
      {
        details: all,
      },
    );
  if (TOOLS_MISSING.test(words))
    return new AgentError("AGENT_TOOLS_MISSING", `${tool.kind} cannot reach its tools: ${words}`, {
      details: all,
    });
  return new AgentError("AGENT_FAILED", `${tool.kind} failed: ${words}`, { details: all });
}

/** The error of a program that ended although nobody had asked it to, and without having said why on its stream. */
export function failureOfExit(end: GuardedExit, context: FailureContext): AgentError {
  const { program, tool } = context;
  const stderrTail = printable(end.stderrTail, context.secrets);
  const details = { program, exitCode: end.exitCode, exitSignal: end.exitSignal, stderrTail };
  switch (end.reason) {
    case "stopped":
      return new AgentError("AGENT_STOPPED", "the run was stopped");
    case "timedOut":
      return timedOut(context, stderrTail);
    case "exceeded":
      if (end.exceeded === undefined) throw new Error("a limit was passed, and nobody says which");
      return exceededError(program, end.exceeded, context.limits);
    case "lost":
      return new AgentError("AGENT_FAILED", `the guard of ${program} was killed`, { details });
    case "notStarted": {
      const errorCode = end.errorCode ?? "unknown";
      const code = PROGRAM_CODES.has(errorCode) ? "AGENT_PROGRAM_MISSING" : "AGENT_START_FAILED";
      return new AgentError(code, `${program} cannot be started: ${errorCode}`, {
        details: { program, errorCode, install: `npm install -g ${tool.packageName}` },
      });
    }
    case "exited": {
      const words = lastWords(stderrTail);
      const said = failureSaid(words, context, details);
      if (said.code !== "AGENT_FAILED") return said;
      if (end.exitCode === 0) return protocolBroken("it ended without saying that its turn is over");
      const how = end.exitCode === null ? `by ${end.exitSignal}` : `with exit code ${end.exitCode}`;
      return new AgentError("AGENT_FAILED", `${program} ended ${how}${words === "" ? "" : `: ${words}`}`, {
        details,
      });
    }
  }
}

/** The error of what took too long. */
export function timedOut({ program, timeoutMs }: FailureContext, stderrTail = ""): AgentError {
  return new AgentError("AGENT_TIMED_OUT", `${program} gave no answer in ${timeoutMs} ms`, {
    details: { program, timeoutMs, stderrTail },
  });
}

function lastWords(stderrTail: string): string {
  const text = stderrTail
    .trim()
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-3)
    .join(" ");
  return text.length > LAST_WORDS_CHARACTERS_MAX ? `…${text.slice(-LAST_WORDS_CHARACTERS_MAX)}` : text;
}
