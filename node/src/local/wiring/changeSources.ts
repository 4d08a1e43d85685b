import type { FolderNews } from "../../agents/folders/types.ts";
import type { Terminals } from "../../agents/terminals/terminals.ts";
import type { Manager } from "../../manager/face.ts";
import type { Workspace } from "../../workspace/types.ts";
import type { DaemonObserver, Observed } from "../daemonObserver.ts";
import type { ChangeSources } from "../dashboard/changeHub.ts";
import type { CreditDesk } from "../dashboard/credits.ts";
import { lookedAt, presenceLook } from "../dashboard/lookedAt.ts";
import type { AgentBooks } from "./openAgentBooks.ts";

/** What there is once the node is at work. */
export interface DashboardAtWork {
  readonly observed: Pick<Observed, "node" | "journal" | "submitter" | "network">;
  readonly manager: Pick<Manager, "onChange"> | undefined;
}

/** @param isNews it is at work since now alone @returns what ends what was begun */
export type BeginAtWork = (work: DashboardAtWork, isNews: boolean) => readonly (() => void)[];

/** What tells of everything that is not the chain's. Ids are told of what anybody may know of. */
export function changeSources(modules: {
  readonly books: Pick<AgentBooks, "approvals" | "onUsage">;
  readonly observer: Pick<DaemonObserver, "stories" | "gossipTimes" | "log">;
  readonly terminals: Pick<Terminals, "onChange">;
  readonly onFolder: (handler: (news: FolderNews) => void) => () => void;
  readonly credits: Pick<CreditDesk, "onChange">;
  readonly workspace: () => Workspace | undefined;
  /** Begins something with what there is at work, now or once it is; the answer ends it. */
  readonly onWork: (begin: BeginAtWork) => () => void;
}): ChangeSources {
  const { books, observer, terminals, onFolder, credits, workspace, onWork } = modules;
  const { stories, gossipTimes, log } = observer;
  return {
    execution: (tell) => gossipTimes.on((execution) => tell(String(execution))),
    credit: (tell) => credits.onChange(() => tell("withdrawal")),
    presence: lookedAt(presenceLook(workspace)),
    approval: (tell) => books.approvals.onChange(() => tell("all")),
    usage: (tell) => books.onUsage(() => tell("all")),
    manager: (tell) =>
      onWork(({ manager }) => (manager === undefined ? [] : [manager.onChange(() => tell("all"))])),
    terminal: (tell) => terminals.onChange((cluster) => tell(String(cluster))),
    folder: (tell) =>
      onFolder((news) => {
        if (news.kind === "folder") tell(news.agent);
      }),
    merge: (tell) =>
      onFolder((news) => {
        if (news.kind === "merge") tell(String(news.id));
      }),
    job(tell) {
      const ends = [
        stories.onChange(({ execution, task }) => tell(`${execution}.${task}`)),
        log?.jobLog.onLine(({ execution, task }) => tell(`${execution}.${task ?? "all"}`)),
      ];
      return () => {
        for (const end of ends) end?.();
      };
    },
    status(tell) {
      const ends = [
        log?.onError(() => tell("log")),
        onWork(({ observed: { submitter, network } }, isNews) => {
          // There is more to see of it from now on.
          if (isNews) tell("work");
          const up = network?.presence.on("up", () => tell("peers"));
          const down = network?.presence.on("down", () => tell("peers"));
          return [
            submitter.onChange(() => tell("account")),
            ...[up, down].filter((end) => end !== undefined),
          ];
        }),
      ];
      return () => {
        for (const end of ends) end?.();
      };
    },
  };
}
