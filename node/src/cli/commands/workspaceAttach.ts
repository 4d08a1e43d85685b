import { ReadStream, WriteStream } from "node:tty";
import { daemonClient } from "../../local/daemonClient.ts";
import { terminalsSchema, terminalTextSchema } from "../../workspace/http/terminalMessages.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { printableLine } from "../text/printable.ts";
import { addWorkspaceOptions, type WorkspaceOptions, workspaceOf } from "../workspaceAccess.ts";

interface Options extends WorkspaceOptions {
  readonly view?: boolean;
  readonly all?: boolean;
}

/** `pleiad workspace attach [name]`: an agent's terminal, to look at and to type into; without a name, which there are. */
export const define: DefineCommand = (command, around) => {
  command.argument("[name]", "whose terminal (default: list them)");
  command.option("--view", "only look: nothing is typed, and the terminal keeps its size");
  command.option("--all", "print its text, what has scrolled away too, and do not attach");
  addWorkspaceOptions(command);
  addExamples(command, [
    ["pleiad workspace attach", "which agents have a terminal here"],
    ["pleiad workspace attach ada", "Ctrl-] leaves; the agent goes on"],
    ["pleiad workspace attach 12.0", "the agent that answers task 0 of execution 12, to look at"],
    ["pleiad workspace attach ada --all", "the text of it, without colours"],
    ["pleiad workspace attach ada --json", "what stands on the screen, for a program"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, name) => {
    const client = await workspaceOf(options, around);
    const daemon = daemonClient({ apiUrl: client.apiUrl, apiToken: client.token });
    const path = `/workspace/${client.cluster}/terminals`;
    if (name === undefined) {
      const { terminals } = await daemon.ask(path, terminalsSchema);
      output.json({ terminals });
      if (terminals.length === 0) output.line("no agent of this node has a terminal");
      else
        output.table(
          [
            { header: "agent" },
            { header: "state" },
            { header: "size" },
            { header: "viewers" },
            { header: "you may" },
          ],
          terminals.map((one) => [
            printableLine(one.name),
            one.why ?? one.state,
            `${one.columns}×${one.rows}`,
            String(one.viewers),
            one.mayType ? "type" : "look",
          ]),
        );
      return 0;
    }
    const part = options.all === true ? "?part=all" : "";
    const found = await daemon.ask(`${path}/${encodeURIComponent(name)}${part}`, terminalTextSchema);
    const { stdin, stdout } = around;
    const isWatched = stdout instanceof WriteStream && options.all !== true && !output.isJson;
    if (!isWatched || found.state === "done") {
      output.json(found);
      // Below what was written a screen is empty.
      const lines = found.lines.slice(0, found.lines.findLastIndex((line) => line !== "") + 1);
      for (const line of lines) output.line(printableLine(line));
      return 0;
    }
    const { attachTerminal } = await import("../attach/attach.ts");
    const end = await attachTerminal({
      client,
      name,
      isView: options.view === true,
      stdout,
      stdin: stdin instanceof ReadStream && stdin.isTTY ? stdin : undefined,
      signal: around.stopSignal(),
    });
    if (end.how === "left") output.note(`left ${printableLine(name)}, which goes on`);
    else {
      const code = end.exitCode === null ? "" : `, exit code ${end.exitCode}`;
      output.note(`${printableLine(name)} has ended: ${end.why}${code}; --all prints what stood there`);
    }
    return 0;
  });
};
