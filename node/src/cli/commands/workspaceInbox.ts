import { ackMessage } from "@pleiad/sdk/workspace/ackMessage";
import { type ReadMessagesAnswer, readMessages } from "@pleiad/sdk/workspace/readMessages";
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
    new Option("--box <box>", "inbox: not acknowledged yet; all: those, too; sent: your own")
      .choices(["inbox", "all", "sent"])
      .default("inbox"),
  );
  command.option("--ack", "acknowledge what is shown");
  addWorkspaceOptions(command);
  addExamples(command, [
    ["pleiad workspace inbox", "what this node's operator has not acknowledged"],
    ["pleiad workspace inbox --ack", "the same, and acknowledge it"],
    ["pleiad workspace inbox --box sent", "what was sent, to whom, and who got it"],
    ["pleiad workspace inbox --box sent --json", "the same with the times, for a program"],
  ]);
  setAction<Options>(command, around, async ({ options, output }) => {
    const client = await workspaceOf(options, around);
    const { messages } = await readMessages(client, { box: options.box });
    if (options.ack === true && options.box !== "sent" && messages.length > 0)
      await ackMessage(client, { ids: messages.map(({ id }) => id) });
    output.json({ messages });
    if (messages.length === 0) output.line("no messages");
    for (const { id, from, destination, receipts, text, queuedAtMs, isOverdue } of messages) {
      const late = isOverdue ? ", overdue" : "";
      const who =
        options.box === "sent" ? `to ${printableLine(toWhom(destination))}` : printableLine(from.name);
      output.line(`${who}, ${new Date(queuedAtMs).toISOString()}${late}, ${id}`);
      output.line(`  ${printable(text).replaceAll("\n", "\n  ")}`);
      if (options.box !== "sent") continue;
      for (const { recipient, deliveredAtMs, acknowledgedAtMs } of receipts) {
        const stands =
          acknowledgedAtMs !== undefined ? "acknowledged" : deliveredAtMs !== undefined ? "read" : "waits";
        output.line(`  ${printableLine(recipient.name)}: ${stands}`);
      }
    }
    return 0;
  });
};

function toWhom(destination: ReadMessagesAnswer["messages"][number]["destination"]): string {
  switch (destination.kind) {
    case "direct":
      return destination.to;
    case "broadcast":
      return "all";
    case "topic":
      return `topic ${destination.topic}`;
    default:
      return destination satisfies never;
  }
}
