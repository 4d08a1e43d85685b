import { requireCount } from "../checks.ts";
import type { Desk } from "../desk.ts";
import { TALK_MESSAGES_DEFAULT, TALK_MESSAGES_MAX } from "../limits.ts";
import type { WorkspaceOperations } from "../types.ts";
import { talkOf } from "../views/talk.ts";

/** Who talks with whom, for whoever may read the whole log. */
export function createTalkOperations(desk: Desk): Pick<WorkspaceOperations, "readTalk"> {
  return {
    async readTalk({ last = TALK_MESSAGES_DEFAULT } = {}) {
      const { space } = await desk.enter("readTalk");
      requireCount("last", last, TALK_MESSAGES_MAX);
      return talkOf(space.views.messages.all().slice(-last));
    },
  };
}
