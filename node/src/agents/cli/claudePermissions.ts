import type { PermissionAnswer, PermissionOption } from "../session.ts";
import type { SessionFrame } from "./frame.ts";
import { type JsonObject, listAt, objectAt, textAt } from "./jsonLines.ts";
import { SUMMARY_CHARACTERS_MAX } from "./turn.ts";

const ALLOW: PermissionOption = { id: "allow", label: "Allow", kind: "allowOnce" };
const ALLOW_ALWAYS: PermissionOption = {
  id: "allowAlways",
  label: "Allow, and do not ask again in this session",
  kind: "allowAlways",
};
const REJECT: PermissionOption = { id: "reject", label: "Do not allow", kind: "rejectOnce" };

/** The requests for leave of one session. */
export interface Permissions {
  /** Has one decided, and tells the program. */
  decide(message: JsonObject): Promise<void>;
  /** The program, or the end of its turn, takes requests back: the one of that id, or all. */
  cancel(requestId?: string): void;
}

/** Answers what Claude Code asks leave for: it offers to allow, to allow from now on, and not to. */
export function createPermissions(frame: SessionFrame, send: (message: object) => void): Permissions {
  const { start, service, tool } = frame;
  const open = new Map<string, AbortController>();

  async function answerOf(
    request: JsonObject,
    options: readonly PermissionOption[],
    signal: AbortSignal,
  ): Promise<PermissionOption | undefined> {
    const { promise: cancelled, resolve } = Promise.withResolvers<PermissionAnswer>();
    const onAbort = (): void => resolve({ cancelled: true });
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      const asked = start.askPermission(
        {
          title: titleOf(request),
          tool: textAt(request, "tool_name"),
          // All of it: what is cut here would be allowed unseen. Whoever keeps it cuts it, and says so.
          input: JSON.stringify(objectAt(request, "input")),
          options,
        },
        signal,
      );
      const answer = await Promise.race([asked, cancelled]);
      return "option" in answer ? options.find(({ id }) => id === answer.option) : undefined;
    } catch (error) {
      frame.logger.warn({ tag: start.tag, error }, "a request for leave could not be decided");
      return undefined;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  return {
    async decide(message) {
      const requestId = textAt(message, "request_id") ?? "";
      const request = objectAt(message, "request");
      const reply = (response: object): void =>
        send({ type: "control_response", response: { request_id: requestId, ...response } });
      if (request.subtype !== "can_use_tool") {
        const error = `${tool.kind} asked for what is not known here: ${textAt(request, "subtype") ?? ""}`;
        reply({ subtype: "error", error });
        return;
      }
      const allowed = { behavior: "allow", updatedInput: objectAt(request, "input") };
      if (service.approval === "all") {
        reply({ subtype: "success", response: allowed });
        return;
      }
      const suggestions = suggestionsOf(request);
      const options = suggestions.length > 0 ? [ALLOW, ALLOW_ALWAYS, REJECT] : [ALLOW, REJECT];
      const cancel = new AbortController();
      open.set(requestId, cancel);
      const option = await answerOf(request, options, AbortSignal.any([cancel.signal, frame.signal]));
      open.delete(requestId);
      const isAllowed = option === ALLOW || option === ALLOW_ALWAYS;
      start.onEvent({
        kind: "permission",
        title: titleOf(request),
        outcome: isAllowed ? "allowed" : option === undefined ? "cancelled" : "rejected",
        option: option?.label,
      });
      const denied = option === undefined ? "The request was cancelled." : "It was not allowed.";
      const response = isAllowed
        ? { ...allowed, ...(option === ALLOW_ALWAYS ? { updatedPermissions: suggestions } : {}) }
        : { behavior: "deny", message: denied };
      reply({ subtype: "success", response });
    },
    cancel(requestId) {
      if (requestId !== undefined) open.get(requestId)?.abort();
      else for (const controller of open.values()) controller.abort();
    },
  };
}

function titleOf(request: JsonObject): string {
  const words = ["description", "decision_reason", "tool_name"].map((key) => textAt(request, key));
  return (words.find((word) => word !== undefined && word !== "") ?? "").slice(0, SUMMARY_CHARACTERS_MAX);
}

/** What the program would have allowed from now on. For this session alone: nothing is written into the folder's own settings. */
function suggestionsOf(request: JsonObject): object[] {
  return listAt(request, "permission_suggestions").map((suggestion) => ({
    ...(suggestion as object),
    destination: "session",
  }));
}
