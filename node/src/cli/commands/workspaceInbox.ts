import { ackMessage } from "@pleiad/sdk/workspace/ackMessage";
import { readMessages } from "@pleiad/sdk/workspace/readMessages";
import { Option } from "commander";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { printable, printableLine } from "../text/printable.ts";
import { addWorkspaceOptions, type WorkspaceOptions, workspaceOf } from "../workspaceAccess.ts";

interface Options extends WorkspaceOptions {
  readonly box: "inbox" | "all" | "sent";
  readonly ack?: boolean;
}

/** `pleiad workspace inbox`: messages for whoever asks. */
export const define: DefineCommand = (command, around) => {
  command.addOption(
    new Option("--box <box>", "which messages").choices(["inbox", "all", "sent"]).default("inbox"),
  );
  command.option("--ack", "acknowledge what is shown");
  addWorkspaceOptions(command);
  addExamples(command, [
    ["pleiad workspace inbox", "what this node's operator has not acknowledged"],
    ["pleiad workspace inbox --ack", "the same, and acknowledge it"],
    ["pleiad workspace inbox --box sent --json", "what was sent, with who got it when"],
  ]);
  setAction<Options>(command, around, async ({ options, output }) => {
    const client = await workspaceOf(options, around);
    const { messages } = await readMessages(client, { box: options.box });
    if (options.ack === true && options.box !== "sent" && messages.length > 0)
      await ackMessage(client, { ids: messages.map(({ id }) => id) });
    output.json({ messages });
    if (messages.length === 0) output.line("no messages");
    for (const { id, from, text, queuedAtMs, isOverdue } of messages) {
      const late = isOverdue ? ", overdue" : "";
      output.line(`${printableLine(from.name)}, ${new Date(queuedAtMs).toISOString()}${late}, ${id}`);
      output.line(`  ${printable(text).replaceAll("\n", "\n  ")}`);
    }
    return 0;
  });
};
