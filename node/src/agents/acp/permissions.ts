import type { RequestPermissionResponse } from "@agentclientprotocol/sdk";
import type {
  AgentEvent,
  PermissionAnswer,
  PermissionOption,
  PermissionRequest,
  SessionStart,
} from "../session.ts";
import { isObject, objectsOf, shownJson, shownText, textOf } from "./json.ts";

/** Questions that wait at once: a person looks at no more, and an agent's tools that run side by side are fewer. */
export const ACP_PERMISSIONS_WAITING_MAX = 16;
/** Questions of one turn: hours of work; who asks more often does not heed the answers. */
export const ACP_PERMISSIONS_MAX = 1_000;
/** Options of one question; the known programs offer two to five. */
export const ACP_OPTIONS_MAX = 32;
/** What a person is shown of a title, a label or the name of a tool. */
const LABEL_CHARACTERS_MAX = 500;
/** What a person is shown of what a tool is to be called with: a page. */
export const ACP_INPUT_CHARACTERS_MAX = 8_192;

const CANCELLED: RequestPermissionResponse = { outcome: { outcome: "cancelled" } };
const KINDS = {
  allow_once: "allowOnce",
  allow_always: "allowAlways",
  reject_once: "rejectOnce",
  reject_always: "rejectAlways",
} as const satisfies Readonly<Record<string, PermissionOption["kind"]>>;

/** Answers an agent's questions for leave. */
export interface Permissions {
  /** A turn begins: until `signal` is aborted, questions are passed on. */
  begin(sessionId: string, signal: AbortSignal): void;
  /** Answers one question. It never rejects, and settles at the latest when the turn is over or `signal` is aborted. */
  answer(message: PermissionMessage, signal: AbortSignal): Promise<RequestPermissionResponse>;
}

/** A question for leave, as it came. */
export interface PermissionMessage {
  readonly sessionId: string;
  readonly request: PermissionRequest;
}

/**
 * Passes an agent's questions for leave on to whoever answers them. Cancelled without a question to anybody is what comes
 * outside a turn or after its cancellation, for another session, without options or with too many, and more than there is room for.
 */
export function createPermissions({
  askPermission,
  onEvent,
}: Pick<SessionStart, "askPermission" | "onEvent">): Permissions {
  let current: { readonly sessionId: string; readonly signal: AbortSignal } | undefined;
  let waiting = 0;
  let asked = 0;

  async function ask(request: PermissionRequest, signal: AbortSignal): Promise<PermissionAnswer> {
    const cancelled = Promise.withResolvers<PermissionAnswer>();
    const cancel = (): void => cancelled.resolve({ cancelled: true });
    signal.addEventListener("abort", cancel, { once: true });
    waiting += 1;
    try {
      return await Promise.race([cancelled.promise, answerOf(request, signal)]);
    } finally {
      waiting -= 1;
      signal.removeEventListener("abort", cancel);
    }
  }

  /** Whoever is asked may fail in any way; the agent goes on without leave then, and the event says so. */
  async function answerOf(request: PermissionRequest, signal: AbortSignal): Promise<PermissionAnswer> {
    try {
      return await askPermission(request, signal);
    } catch {
      return { cancelled: true };
    }
  }

  function tell(title: string, option: PermissionOption | undefined): void {
    const outcome: Extract<AgentEvent, { kind: "permission" }>["outcome"] =
      option === undefined ? "cancelled" : option.kind.startsWith("allow") ? "allowed" : "rejected";
    onEvent({ kind: "permission", title, outcome, option: option?.label });
  }

  return {
    begin(sessionId, signal) {
      current = { sessionId, signal };
      asked = 0;
    },
    async answer({ sessionId, request }, signal) {
      const isOpen = current?.sessionId === sessionId && !current.signal.aborted;
      if (!isOpen || current === undefined) return CANCELLED;
      asked += 1;
      const hasRoom = waiting < ACP_PERMISSIONS_WAITING_MAX && asked <= ACP_PERMISSIONS_MAX;
      const isAnswerable = request.options.length > 0 && request.options.length <= ACP_OPTIONS_MAX;
      const answer: PermissionAnswer =
        hasRoom && isAnswerable
          ? await ask(request, AbortSignal.any([current.signal, signal]))
          : { cancelled: true };
      const option = "option" in answer ? request.options.find(({ id }) => id === answer.option) : undefined;
      tell(request.title, option);
      return option === undefined ? CANCELLED : { outcome: { outcome: "selected", optionId: option.id } };
    },
  };
}

/**
 * Reads a question for leave: what it needs of it, and no more than that of a list that may have a million entries.
 *
 * @returns undefined if it is malformed
 */
export function readPermission(params: unknown): PermissionMessage | undefined {
  if (!isObject(params) || !isObject(params.toolCall) || !Array.isArray(params.options)) return undefined;
  const { toolCall } = params;
  const sessionId = textOf(params.sessionId);
  const title = [toolCall.title, toolCall.name, toolCall.kind, toolCall.toolCallId].map(textOf).find(Boolean);
  // One more than allowed says that there are too many.
  const offered = params.options.slice(0, ACP_OPTIONS_MAX + 1);
  const options = objectsOf(offered).flatMap(optionOf);
  if (sessionId === undefined || title === undefined || options.length < offered.length) return undefined;
  const tool = textOf(toolCall.name);
  return {
    sessionId,
    request: {
      title: shownText(title, LABEL_CHARACTERS_MAX),
      tool: tool === undefined ? undefined : shownText(tool, LABEL_CHARACTERS_MAX),
      input: shownJson(toolCall.rawInput, ACP_INPUT_CHARACTERS_MAX),
      options,
    },
  };
}

function optionOf(option: Readonly<Record<string, unknown>>): PermissionOption[] {
  const id = textOf(option.optionId);
  const label = textOf(option.name);
  const kind = textOf(option.kind);
  if (id === undefined || label === undefined || kind === undefined || !Object.hasOwn(KINDS, kind)) return [];
  return [{ id, label: shownText(label, LABEL_CHARACTERS_MAX), kind: KINDS[kind as keyof typeof KINDS] }];
}
