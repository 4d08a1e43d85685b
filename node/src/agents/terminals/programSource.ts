import { AgentError } from "../errors.ts";
import type { GuardedExit } from "../guardedProcess.ts";
import type { LaunchedAgent } from "../launch.ts";
import { INPUT_WAITING_BYTES_MAX } from "./limits.ts";
import type { TerminalEnd, TerminalSource } from "./source.ts";

/**
 * A program that was launched with `terminal`, as what a terminal shows. It and all it started end with its guard.
 *
 * @example
 * const agent = await launchAgent(modules, { terminal: { columns: 100, rows: 30 }, ... });
 * const terminal = terminals.open({ cluster, name: "ada", source: programSource(agent) });
 */
export function programSource(
  agent: Pick<LaunchedAgent, "stdin" | "stdout" | "resize" | "ended">,
): TerminalSource {
  const { stdin, stdout } = agent;
  if (stdin === undefined) throw new Error("a program in a terminal is typed into through a pipe");
  let isOver = false;
  return {
    kind: "program",
    begin(print, size) {
      stdout.on("data", print);
      agent.resize(size);
    },
    pause: () => stdout.pause(),
    resume: () => stdout.resume(),
    type(text) {
      if (isOver) throw new AgentError("TERMINAL_ENDED", "the program has ended");
      const waiting = stdin.writableLength + Buffer.byteLength(text);
      if (waiting > INPUT_WAITING_BYTES_MAX)
        throw new AgentError("TERMINAL_INPUT_WAITS", "the program does not read what is typed", {
          details: { bytes: waiting, bytesMax: INPUT_WAITING_BYTES_MAX },
        });
      stdin.write(text);
    },
    answer(text) {
      // Of a program that reads nothing, the answers to its questions are lost, too.
      if (!isOver && stdin.writableLength < INPUT_WAITING_BYTES_MAX) stdin.write(text);
    },
    resize: agent.resize,
    ended: agent.ended.then((exit) => {
      isOver = true;
      return endOf(exit);
    }),
  };
}

function endOf({ reason, exitCode }: GuardedExit): TerminalEnd {
  if (reason === "stopped" || reason === "lost") return { why: reason, exitCode };
  return { why: reason === "exited" && exitCode === 0 ? "finished" : "failed", exitCode };
}
