import type { RequestPermissionRequest, RequestPermissionResponse } from "@agentclientprotocol/sdk";
import type {
  AgentEvent,
  PermissionAnswer,
  PermissionOption,
  PermissionRequest,
  SessionStart,
} from "../session.ts";
import { shownJson, shownText } from "./json.ts";

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
  answer(request: RequestPermissionRequest, signal: AbortSignal): Promise<RequestPermissionResponse>;
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
    async answer(message, signal) {
      const request = readRequest(message);
      const isOpen = current?.sessionId === message.sessionId && !current.signal.aborted;
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

function readRequest({ toolCall, options }: RequestPermissionRequest): PermissionRequest {
  const title = toolCall.title ?? toolCall.name ?? toolCall.kind ?? toolCall.toolCallId;
  return {
    title: shownText(title, LABEL_CHARACTERS_MAX),
    tool:
      toolCall.name === undefined || toolCall.name === null
        ? undefined
        : shownText(toolCall.name, LABEL_CHARACTERS_MAX),
    input: shownJson(toolCall.rawInput, ACP_INPUT_CHARACTERS_MAX),
    options: options.map(({ optionId, name, kind }) => ({
      id: optionId,
      label: shownText(name, LABEL_CHARACTERS_MAX),
      kind: KINDS[kind],
    })),
  };
}
