import { type SendMessageParameters, sendMessage } from "@pleiad/sdk/workspace/sendMessage";
import { cliError } from "../cliError.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { addWorkspaceOptions, type WorkspaceOptions, workspaceOf } from "../workspaceAccess.ts";

interface Options extends WorkspaceOptions {
  readonly to?: string;
  readonly topic?: string;
  readonly all?: boolean;
}

/** `pleiad workspace send TEXT`: a message to one, to a topic or to all. */
export const define: DefineCommand = (command, around) => {
  command.argument("<text>", "what to say");
  command.option("--to <name>", "one agent, helper, user or node");
  command.option("--topic <topic>", "those who follow a topic");
  command.option("--all", "all of the cluster");
  addWorkspaceOptions(command);
  addExamples(command, [
    ["pleiad workspace send hello --to writer", "to one agent, as this node's operator"],
    ["pleiad workspace send done --all", "to all of the cluster"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, text = "") => {
    const destination = destinationOf(options);
    const { message } = await sendMessage(await workspaceOf(options, around), { destination, text });
    output.json({ message });
    output.line(`sent: ${message.id}`);
    return 0;
  });
};

function destinationOf({ to, topic, all }: Options): SendMessageParameters["destination"] {
  const [only, another] = [
    ...(to === undefined ? [] : [{ kind: "direct" as const, to }]),
    ...(topic === undefined ? [] : [{ kind: "topic" as const, topic }]),
    ...(all === true ? [{ kind: "broadcast" as const }] : []),
  ];
  if (only !== undefined && another === undefined) return only;
  throw cliError("USAGE_INVALID", "say to whom, once: --to NAME, --topic TOPIC or --all");
}
