import type { PleiadError } from "@pleiad/sdk/errors";
import type { TokenRole } from "@pleiad/sdk/types/tokenRole";
import { workspaceError } from "../errors.ts";
import { credentialIn, type TokenCredential } from "../tokens/credential.ts";
import type { Credential, SeenChange, Workspace, WorkspaceChange, WorkspaceOperations } from "../types.ts";
import { CHANGES_WAITING_MAX } from "./limits.ts";

/** Who has the token of the API itself. */
export const OPERATOR_SPEAKER = "operator";

/** Who asks, as a token says it. */
export interface Speaker {
  /** The token's id, or `OPERATOR_SPEAKER`. */
  readonly id: string;
  readonly credential: TokenCredential;
  /** What the token is good for; the API looks at it route by route. */
  readonly role: TokenRole;
  /** Until when it counts, Unix milliseconds; undefined for until it is revoked. */
  readonly expiresAtMs: number | undefined;
  /** Whether its token still counts. */
  isCurrent(): Promise<boolean>;
}

/** Tells who sends a token. @throws PleiadError TOKEN_WRONG */
export type Authenticate = (token: string | undefined) => Promise<Speaker>;

/** The workspace as its faces need it: while the daemon starts there is none. */
export interface FaceWorkspace {
  /** @throws PleiadError API_STARTING (retryable), or that there is none */
  readonly workspace: () => Pick<Workspace, "as" | "onChange" | "clusters" | "status" | "check">;
  /** The cluster that a credential without one is in now. */
  readonly clusterOf: (credential: TokenCredential) => bigint | undefined;
}

/** @throws PleiadError TOKEN_OTHER_CLUSTER, TOKEN_WITHOUT_CLUSTER */
export function credentialOf(speaker: Speaker, cluster: bigint | undefined): Credential {
  const { credential } = speaker;
  const named = cluster ?? credential.cluster;
  if (named !== undefined) return credentialIn(credential, named);
  if (credential.kind === "agent") return credential;
  throw workspaceError("TOKEN_WITHOUT_CLUSTER", "the operator's token is for no cluster", {
    hint: "make one for a cluster: pleiad workspace token create --operator --cluster ID",
  });
}

/** What a speaker may do. @throws PleiadError as `credentialOf` and `FaceWorkspace.workspace` */
export function operationsOf(
  { workspace }: FaceWorkspace,
  speaker: Speaker,
  cluster?: bigint,
): WorkspaceOperations {
  const operations = workspace().as(credentialOf(speaker, cluster));
  if (speaker.role !== "view") return operations;
  return {
    ...operations,
    readMessages: (options = {}) => operations.readMessages({ ...options, isLook: true }),
  };
}

export interface ChangeWatcher {
  onChange(change: SeenChange): void;
  /** The speaker may see it no more, or there was too much of it: nothing follows. */
  onEnd(reason: Error): void;
}

/**
 * Hears of changes of one cluster as long as the speaker may see it: token and right are looked at anew before it is told.
 * The answer ends it.
 *
 * @throws PleiadError as `operationsOf`
 */
export function watchChanges(
  face: FaceWorkspace,
  speaker: Speaker,
  cluster: bigint | undefined,
  watcher: ChangeWatcher,
): () => void {
  const { credential } = speaker;
  const own = cluster ?? credential.cluster ?? face.clusterOf(credential);
  const operations = operationsOf(face, speaker, cluster);
  let waiting: WorkspaceChange[] = [];
  let isLooking = false;
  let isOver = false;
  const endListening = face.workspace().onChange((change) => {
    if (isOver || change.cluster !== own) return;
    if (waiting.push(change) > CHANGES_WAITING_MAX) end(tooMany());
    else if (!isLooking) tell().catch(end);
  });

  async function tell(): Promise<void> {
    isLooking = true;
    while (waiting.length > 0 && !isOver) {
      const told = waiting;
      waiting = [];
      if (!(await speaker.isCurrent())) throw tokenWrong();
      for (const change of await operations.seeChanges(told)) if (!isOver) watcher.onChange(change);
    }
    isLooking = false;
  }

  function stop(): void {
    isOver = true;
    waiting = [];
    endListening();
  }
  function end(reason: Error): void {
    if (isOver) return;
    stop();
    watcher.onEnd(reason);
  }
  return stop;
}

function tooMany(): PleiadError {
  return workspaceError("CHANGES_TOO_MANY", "more changed at once than can be told one by one", {
    retryable: true,
    hint: "read anew what is shown, and watch again",
    details: { changesMax: CHANGES_WAITING_MAX },
  });
}

export function tokenWrong(): PleiadError {
  return workspaceError("TOKEN_WRONG", "the token is missing, wrong or revoked", {
    hint: "send a token that this very node made, as Authorization: Bearer; `pleiad workspace token create` makes one, and `list` shows those that count",
  });
}
