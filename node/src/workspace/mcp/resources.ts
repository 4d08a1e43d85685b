import {
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceTemplate,
  type Variables,
} from "@modelcontextprotocol/server";
import { PleiadError } from "@pleiad/sdk/errors";
import { plain } from "../face/plain.ts";
import type { ViewName, WorkspaceOperations } from "../types.ts";
import type { McpContext } from "./context.ts";

/** The most that one reading of a resource shows of a list. */
const SHOWN_MAX = 50;

interface ResourceEntry {
  readonly name: string;
  readonly uri: string;
  readonly description: string;
  /** The view whose changes change it. */
  readonly view: ViewName;
  readonly read: (workspace: WorkspaceOperations) => Promise<unknown>;
}

const RESOURCES: readonly ResourceEntry[] = [
  {
    name: "rules",
    uri: "pleiad://rules",
    description:
      "The rules that all agents of the cluster keep to, with their version; null before the first.",
    view: "rules",
    read: async (workspace) => ({ rules: await workspace.readRules() }),
  },
  {
    name: "context",
    uri: "pleiad://context",
    description: "The whole whiteboard of the cluster: each key with value, version and writer.",
    view: "context",
    read: async (workspace) => ({ values: await workspace.readContext() }),
  },
  {
    name: "inbox",
    uri: "pleiad://inbox",
    description: "Messages for you that are not acknowledged. Reading it counts as delivery.",
    view: "messages",
    read: async (workspace) => ({
      messages: await workspace.readMessages({ box: "inbox", limit: SHOWN_MAX }),
    }),
  },
  {
    name: "threads",
    uri: "pleiad://threads",
    description: "The threads of the user you work for with their last message, the one last used first.",
    view: "threads",
    read: async (workspace) => ({ threads: await workspace.listThreads() }),
  },
  {
    name: "agents",
    uri: "pleiad://agents",
    description: "Who takes part in the cluster, with state and last sign of life.",
    view: "presence",
    read: async (workspace) => ({ agents: await workspace.listAgents() }),
  },
];

interface TemplateEntry {
  readonly name: string;
  readonly template: string;
  /** What its addresses begin with. */
  readonly prefix: string;
  readonly description: string;
  readonly view: ViewName;
  readonly read: (workspace: WorkspaceOperations, rest: string) => Promise<unknown>;
  /** Values that begin so, for who types one. */
  readonly complete: (workspace: WorkspaceOperations, begin: string) => Promise<readonly string[]>;
}

const TEMPLATES: readonly TemplateEntry[] = [
  {
    name: "context value",
    template: "pleiad://context/{+key}",
    prefix: "pleiad://context/",
    description: "One value of the whiteboard, by its key.",
    view: "context",
    read: async (workspace, key) => ({ values: await workspace.readContext({ key }) }),
    complete: async (workspace, prefix) => (await workspace.readContext({ prefix })).map(({ key }) => key),
  },
  {
    name: "thread",
    template: "pleiad://thread/{name}",
    prefix: "pleiad://thread/",
    description: "The last messages of one thread, by its name.",
    view: "threads",
    read: async (workspace, thread) => ({
      messages: await workspace.readThread({ thread, limit: SHOWN_MAX }),
    }),
    complete: async (workspace, begin) =>
      (await workspace.listThreads()).map(({ thread }) => thread).filter((name) => name.startsWith(begin)),
  },
];

/** The view whose changes change what is at an address; undefined where nothing of ours is. */
export function viewOf(uri: string): ViewName | undefined {
  const entry =
    RESOURCES.find((one) => one.uri === uri) ?? TEMPLATES.find(({ prefix }) => uri.startsWith(prefix));
  return entry?.view;
}

/** Adds the resources: what an agent's host may show or watch without a tool's call. */
export function addResources(server: McpServer, { operations }: McpContext): void {
  for (const { name, uri, description, read } of RESOURCES) {
    server.registerResource(name, uri, { description, mimeType: "application/json" }, () =>
      answer(uri, () => read(operations())),
    );
  }
  for (const { name, template, prefix, description, read, complete } of TEMPLATES) {
    const [variable = ""] = /(?<=\{\+?)\w+(?=\})/.exec(template) ?? [];
    server.registerResource(
      name,
      new ResourceTemplate(template, {
        list: undefined,
        complete: { [variable]: async (begin) => [...(await complete(operations(), begin))] },
      }),
      { description, mimeType: "application/json" },
      (uri: URL, _variables: Variables) =>
        answer(uri.href, () => read(operations(), decodeURIComponent(uri.href.slice(prefix.length)))),
    );
  }
}

async function answer(uri: string, read: () => Promise<unknown>): Promise<ReadResourceResult> {
  try {
    const text = JSON.stringify(plain(await read()));
    return { contents: [{ uri, mimeType: "application/json", text }] };
  } catch (error) {
    throw protocolErrorOf(error, uri);
  }
}

/** An expected failure as the protocol says it; anything else is a bug. */
export function protocolErrorOf(error: unknown, uri: string): unknown {
  if (!(error instanceof PleiadError)) return error;
  const { code, message, hint, retryable } = error;
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `${code}: ${message}`, {
    uri,
    code,
    ...(hint === undefined ? {} : { hint }),
    retryable,
  });
}
