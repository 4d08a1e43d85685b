import { PleiadError } from "@pleiad/sdk/errors";
import { type Alone, createMutex } from "../../chain/mutex.ts";
import { fulfilledFor } from "../desk.ts";
import { workspaceError } from "../errors.ts";
import { HOME_ANSWER_TIMEOUT_MS, HOME_WAITING_MAX } from "../limits.ts";
import type { ClusterMembership } from "../log/ports.ts";
import { requireRoom } from "../operations/context.ts";
import type { HomeAnswer, HomePort, HomeRequest } from "../ports.ts";
import type { Space } from "../space.ts";
import type { Version } from "../types.ts";
import { partsOf } from "../views/party.ts";
import type { Write } from "../views/versioned.ts";

/**
 * Writes that depend on the version that stands are decided by one node of the cluster, its home, one after the other.
 *
 * | the home finds | it answers |
 * |---|---|
 * | an entry that fulfilled this request already | `written`, with that entry |
 * | the version that was asked for | appends an entry that names the writer, then `written` |
 * | another version, later than the one asked for | `conflict`, with what stands |
 * | that the version asked for is later than what it has | `refused`, HOME_UNREACHABLE: it is behind, ask again |
 * | that it is not the home, or its log of that cluster is not open | `refused`, HOME_UNREACHABLE |
 * | an asking node that is no member, or may not speak for the writer | `refused`, NOT_A_MEMBER, AUTHOR_NOT_SERVED |
 */
export interface Home {
  /** Lets the home decide, wherever it is. @throws PleiadError VERSION_CONFLICT, HOME_UNREACHABLE (retryable), REQUEST_REUSED, and what `append` throws */
  write(request: HomeRequest): Promise<Version>;
  /** Answers what a peer asks. @param from the node that its certificate names */
  answer(from: bigint, request: HomeRequest): Promise<HomeAnswer>;
}

export function createHome(
  options: {
    readonly node: bigint;
    /** @default HOME_ANSWER_TIMEOUT_MS */
    readonly answerTimeoutMs?: number;
  },
  modules: {
    readonly membership: ClusterMembership;
    readonly port: HomePort;
    /** The space of an open cluster. */
    readonly spaceOf: (cluster: bigint) => Space | undefined;
  },
): Home {
  const { node, answerTimeoutMs = HOME_ANSWER_TIMEOUT_MS } = options;
  const { membership, port, spaceOf } = modules;
  const queues = new Map<bigint, Alone>();
  let waiting = 0;

  function queueOf(cluster: bigint): Alone {
    const queue = queues.get(cluster) ?? createMutex();
    queues.set(cluster, queue);
    return queue;
  }

  async function decide(request: HomeRequest): Promise<HomeAnswer> {
    if (waiting >= HOME_WAITING_MAX) return unreachable(`${waiting} decisions wait at node ${node}`);
    waiting += 1;
    try {
      return await queueOf(request.cluster)(() => decideNow(request));
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      return { kind: "refused", code: error.code, message: error.message, retryable: error.retryable };
    } finally {
      waiting -= 1;
    }
  }

  async function decideNow(request: HomeRequest): Promise<HomeAnswer> {
    const space = spaceOf(request.cluster);
    if (space === undefined) return unreachable(`cluster ${request.cluster} is not open at node ${node}`);
    await space.settled();
    const { target, ifVersion, writer } = request;
    const type = target.view === "context" ? "context.decided" : "rules.decided";
    const fulfilled = fulfilledFor(writer, request.request, space);
    if (fulfilled !== undefined) {
      if (fulfilled.type === type) return { kind: "written", id: fulfilled.id };
      return refused("REQUEST_REUSED", `request ${request.request} was for ${fulfilled.type}`, false);
    }
    const last =
      target.view === "context" ? space.views.context.current(target.key) : space.views.rules.current();
    const standing = last?.value == null ? undefined : last;
    if ((standing?.id ?? null) !== ifVersion) {
      if (request.ifOrder !== undefined && request.ifOrder > (last?.order ?? ""))
        return unreachable(`node ${node} has not seen version ${ifVersion ?? "none"} yet`);
      return { kind: "conflict", current: standing === undefined ? null : shown(standing) };
    }
    if (target.view === "context") requireRoom(space.views.context, node, target.key);
    const decided = { writer, request: request.request, ifVersion };
    const { id } = await space.log.append({
      type,
      author: { kind: "node" },
      data:
        target.view === "context"
          ? { key: target.key, value: target.value, ...decided }
          : { text: target.text, ...decided },
    });
    return { kind: "written", id };
  }

  function maySpeakFor(from: bigint, { cluster, writer }: HomeRequest): boolean {
    const parts = partsOf(writer);
    switch (parts?.kind) {
      case "agent":
        return membership.mayVoice(cluster, from, parts.agent);
      case "helper":
      case "node":
        return parts.node === from;
      case "user":
        // A node vouches for the users whom it let in.
        return true;
      default:
        return false;
    }
  }

  return {
    async write(request) {
      const home = membership.home(request.cluster);
      if (home === undefined) throw homeError(unreachable("the cluster has no members"), request);
      const answer = home === node ? await decide(request) : await ask(port, home, request, answerTimeoutMs);
      if (answer.kind === "written") return answer.id;
      throw homeError(answer, request);
    },
    async answer(from, request) {
      const { cluster, writer } = request;
      if (membership.home(cluster) !== node)
        return unreachable(`node ${node} is not the home of cluster ${cluster}`);
      if (!membership.members(cluster).includes(from))
        return refused("NOT_A_MEMBER", `node ${from} is no member of cluster ${cluster}`, true);
      if (!maySpeakFor(from, request))
        return refused("AUTHOR_NOT_SERVED", `node ${from} may not speak for ${writer}`, false);
      return decide(request);
    },
  };
}

/** No answer in time is one like any other: the home may have decided, so a try that follows names the same request. */
async function ask(
  port: HomePort,
  home: bigint,
  request: HomeRequest,
  timeoutMs: number,
): Promise<HomeAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<HomeAnswer>((resolve) => {
    timer = setTimeout(() => resolve(unreachable(`node ${home} is silent`)), timeoutMs);
  });
  try {
    return await Promise.race([port.ask(home, request), silence]);
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    return unreachable(error.message);
  } finally {
    clearTimeout(timer);
  }
}

function shown({ id, value, writer }: Write) {
  return { version: id, value, writer };
}

function unreachable(reason: string): HomeAnswer & { kind: "refused" } {
  return refused("HOME_UNREACHABLE", `the cluster's home decides nothing now: ${reason}`, true);
}

function refused(code: string, message: string, retryable: boolean): HomeAnswer & { kind: "refused" } {
  return { kind: "refused", code, message, retryable };
}

/** The error that the asking side throws. It names the request, so that a try that follows is the same one. */
function homeError(answer: Exclude<HomeAnswer, { kind: "written" }>, request: HomeRequest): PleiadError {
  const { cluster, target } = request;
  const what = target.view === "context" ? `key ${target.key}` : "the rules";
  if (answer.kind === "refused") {
    return workspaceError(answer.code, answer.message, {
      retryable: answer.retryable,
      hint: "try again with the same requestId; without ifVersion a write needs no home",
      details: { cluster, requestId: request.request },
    });
  }
  return workspaceError(
    "VERSION_CONFLICT",
    `${what} of cluster ${cluster} has ${answer.current === null ? "no value" : "another version"}`,
    {
      hint: "read what stands now, and decide anew",
      details: { cluster, ifVersion: request.ifVersion, current: answer.current },
    },
  );
}
