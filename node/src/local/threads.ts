import { invalidUtf8Offset, isBlank, withCutNote } from "../agents/text.ts";
import type { ThreadPost, Threads } from "../work/ports.ts";
import type { Credential, Workspace } from "../workspace/types.ts";
import { runRequestId } from "../workspace/views/turns.ts";
import { threadNameOf } from "./runThreads.ts";

/**
 * A post, with the note that it was cut: as long as what the chain takes inline, so that only what went by reference is cut; and
 * an entry of the log holds it even where JSON escapes each byte.
 */
export const RUN_POST_BYTES_MAX = 8_192;

/** The workspace's threads, as executions write to them: the request as its user, an output as its agent. */
export function createThreads(modules: { readonly workspace: Pick<Workspace, "as"> }): Threads {
  return {
    async post({ cluster, execution, user, thread: id, what, bytes }: ThreadPost) {
      const thread = threadNameOf(id);
      if (thread === undefined) throw new Error(`execution ${execution} has no thread`);
      if (invalidUtf8Offset(bytes) !== undefined) return false;
      const text = withCutNote(new TextDecoder().decode(bytes), RUN_POST_BYTES_MAX, "kept");
      if (isBlank(text)) return false;
      const credential: Credential =
        what.kind === "request"
          ? { kind: "user", cluster, user }
          : { kind: "agent", cluster, agent: what.agent, user };
      const requestId = runRequestId(execution, what.kind === "request" ? "request" : what.task);
      await modules.workspace.as(credential).postToThread({ thread, text, requestId });
      return true;
    },
  };
}
