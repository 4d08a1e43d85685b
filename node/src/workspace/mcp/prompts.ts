import { completable, type GetPromptResult, type McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { plain } from "../face/plain.ts";
import type { McpContext } from "./context.ts";
import { protocolErrorOf } from "./resources.ts";

/** What is shown of a thread to whoever hands over or sums up. */
const MESSAGES_SHOWN_MAX = 100;

/** Adds the prompts. What others wrote goes into a resource beside the instruction, never into it. */
export function addPrompts(server: McpServer, { operations }: McpContext): void {
  const thread = () =>
    completable(z.string().min(1).max(80).describe("Name of the thread"), async (begin) =>
      (await operations().listThreads()).map((one) => one.thread).filter((name) => name.startsWith(begin)),
    );
  const colleague = () =>
    completable(z.string().min(1).max(80).describe("Name of the agent that goes on"), async (begin) =>
      (await operations().listAgents()).map(({ name }) => name).filter((name) => name.startsWith(begin)),
    );

  server.registerPrompt(
    "join_cluster",
    {
      title: "Join the cluster",
      description: "Begin work in the cluster: register, read the rules, see who is there and what waits.",
      argsSchema: z.object({
        role: z.string().max(200).optional().describe("What the agent does, in a line"),
      }),
    },
    ({ role }) =>
      answer("pleiad://rules", async () => ({
        data: { rules: await operations().readRules(), agents: await operations().listAgents() },
        text: [
          `Join the cluster: call register_agent${role === undefined ? "" : ` with the role ${JSON.stringify(role)}`}.`,
          "The resource above holds the cluster's rules and who is there; keep to the rules.",
          "Then read your messages with read_messages, look at the whiteboard with read_context, recall what you know of the task,",
          "and say in one or two sentences what you will do. Ping about every half minute of work, and with state done at the end.",
        ].join(" "),
      })),
  );
  server.registerPrompt(
    "hand_over",
    {
      title: "Hand over",
      description: "Hand the work at a thread to another agent, so that it can go on without asking.",
      argsSchema: z.object({ to: colleague(), thread: thread() }),
    },
    ({ to, thread: name }) =>
      answer(`pleiad://thread/${encodeURIComponent(name)}`, async () => ({
        data: {
          messages: await operations().readThread({ thread: name, limit: MESSAGES_SHOWN_MAX }),
          reservations: await operations().listReservations(),
        },
        text: [
          `Hand your work at the thread ${JSON.stringify(name)} to ${JSON.stringify(to)}. The resource above holds the thread and the reserved files.`,
          "Write down what was asked for, what is done, what is left, what you found out and what you would do next;",
          "write decisions that others need with write_context, release your files with release_files,",
          "then call spawn_job with that text as the prompt, and post to the thread that you have handed over.",
        ].join(" "),
      })),
  );
  server.registerPrompt(
    "summarize_thread",
    {
      title: "Sum up a thread",
      description: "Sum up a thread for somebody who has not read it.",
      argsSchema: z.object({ thread: thread() }),
    },
    ({ thread: name }) =>
      answer(`pleiad://thread/${encodeURIComponent(name)}`, async () => ({
        data: { messages: await operations().readThread({ thread: name, limit: MESSAGES_SHOWN_MAX }) },
        text: [
          `Sum up the thread ${JSON.stringify(name)}, which the resource above holds, for somebody who has not read it:`,
          "what was asked, what was decided and by whom, what is open. Name the authors. Add nothing that is not there.",
        ].join(" "),
      })),
  );
}

async function answer(
  uri: string,
  make: () => Promise<{ readonly data: unknown; readonly text: string }>,
): Promise<GetPromptResult> {
  try {
    const { data, text } = await make();
    const resource = { uri, mimeType: "application/json", text: JSON.stringify(plain(data)) };
    return {
      messages: [
        { role: "user", content: { type: "resource", resource } },
        { role: "user", content: { type: "text", text } },
      ],
    };
  } catch (error) {
    throw protocolErrorOf(error, uri);
  }
}
