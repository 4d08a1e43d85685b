import { listThreads } from "@pleiad/sdk/workspace/listThreads";
import { postToThread } from "@pleiad/sdk/workspace/postToThread";
import { readThread } from "@pleiad/sdk/workspace/readThread";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { printable, printableLine } from "../text/printable.ts";
import { addWorkspaceOptions, type WorkspaceOptions, workspaceOf } from "../workspaceAccess.ts";

/** `pleiad workspace thread [NAME] [TEXT]`: lists, reads, or posts. */
export const define: DefineCommand = (command, around) => {
  command.argument("[thread]", "its name; of an execution's, 0x and 64 hex digits (default: list them)");
  command.argument("[text]", "post this");
  addWorkspaceOptions(command);
  addExamples(command, [
    ["pleiad workspace thread", "which there are, with the last message of each, the one last used first"],
    ["pleiad workspace thread plan", "its last messages"],
    ["pleiad workspace thread plan agreed", "post to it, which begins it where it is new"],
  ]);
  setAction<WorkspaceOptions>(command, around, async ({ options, output }, thread, text) => {
    const client = await workspaceOf(options, around);
    if (thread === undefined) {
      const listed = await listThreads(client);
      output.json(listed);
      if (listed.threads.length === 0) {
        output.line("no threads of whom you speak for");
        output.note(
          "a run is in the thread that it names: pleiad cluster execute 1 --input FILE --thread 0x$(openssl rand -hex 32)",
        );
        output.note(
          "each user sees its own; a token for another: pleiad workspace token create --user ADDRESS --cluster ID",
        );
      } else
        output.table(
          [
            { header: "thread" },
            { header: "messages", align: "right" },
            { header: "last" },
            { header: "by" },
            { header: "said" },
          ],
          listed.threads.map(({ thread: name, messages, last: { postedAtMs, author, text: said } }) => [
            printableLine(name),
            String(messages),
            new Date(postedAtMs).toISOString(),
            printableLine(author.name),
            printableLine(said),
          ]),
        );
      return 0;
    }
    if (text !== undefined) {
      const posted = await postToThread(client, { thread, text });
      output.json(posted);
      output.line(`posted: ${posted.message.id}`);
      return 0;
    }
    const { messages } = await readThread(client, { thread });
    output.json({ messages });
    for (const { author, postedAtMs, text: said } of messages) {
      output.line(`${printableLine(author.name)}, ${new Date(postedAtMs).toISOString()}`);
      output.line(`  ${printable(said).replaceAll("\n", "\n  ")}`);
    }
    return 0;
  });
};
