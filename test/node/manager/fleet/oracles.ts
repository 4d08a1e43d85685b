import type { ManagerSettings } from "../../../../node/src/manager/settings.ts";
import type { Driver } from "./driver.ts";
import type { FaultEvent } from "./faults.ts";
import { isSound, nodesOf, type World } from "./world.ts";

/** What an oracle looks at. */
export interface Run {
  readonly world: World;
  readonly driver: Driver;
  readonly settings: ManagerSettings;
  readonly faults: readonly FaultEvent[];
  /** When the load changed. */
  readonly loadChangesMs: readonly number[];
}

/** Says what was wrong, in sentences; empty where nothing was. */
export interface Oracle {
  readonly name: OracleName;
  /** After every second. */
  step?(run: Run): readonly string[];
  /** When all is over. */
  end?(run: Run): readonly string[];
}

export type OracleName = "bounds" | "floors" | "swing" | "restarts" | "score" | "routes" | "recovery";

export const ORACLES: readonly (() => Oracle)[] = [bounds, floors, swing, restarts, score, routes, recovery];

/** Places, helpers and members stay within what the settings say. */
function bounds(): Oracle {
  return {
    name: "bounds",
    step({ world, settings }) {
      const { placesMax, helpersMax } = settings.policy;
      const wrong: string[] = [];
      for (const node of world.nodes.values())
        if (node.isOwn && (node.places < 1 || node.places > placesMax))
          wrong.push(`node ${node.id} has ${node.places} places`);
      for (const { slug, members } of world.clusters.values()) {
        const helpers = members.filter(({ agent }) => agent === undefined).length;
        if (helpers > helpersMax) wrong.push(`${slug} has ${helpers} helpers`);
        if (members.length > settings.alertThresholds.clusterSize.max)
          wrong.push(`${slug} has ${members.length} members`);
      }
      return wrong;
    },
  };
}

/**
 * Of a node's shares, each cluster with work has its floor and no owner more than its limit (but for floors); and nobody waits for ever:
 * a cluster whose work could be done gets something done.
 */
function floors(): Oracle {
  const STARVED_MS = 120_000;
  const doneAtMs = new Map<bigint, number>();
  return {
    name: "floors",
    step({ world, settings }) {
      const wrong: string[] = [];
      for (const cluster of world.clusters.values()) {
        const isPossible = cluster.members.some(
          (member) =>
            member.state === "ready" &&
            cluster.waiting.slice(0, 40).some((task) => task.member === member.name) &&
            nodesOf(world, member).some((id) => {
              const node = world.nodes.get(id);
              return node?.isOwn === true && isSound(node) && !node.isDraining;
            }),
        );
        if (!isPossible || cluster.running > 0) doneAtMs.set(cluster.id, world.nowMs);
        const sinceMs = doneAtMs.get(cluster.id) ?? world.nowMs;
        if (world.nowMs - sinceMs > STARVED_MS)
          wrong.push(`${cluster.slug} waits since ${sinceMs} and nothing runs`);
      }
      return [...wrong, ...sharesWrong(world, settings)];
    },
  };
}

function sharesWrong(world: World, { policy }: ManagerSettings): readonly string[] {
  const wrong: string[] = [];
  for (const node of world.nodes.values()) {
    const claims = [...node.shares].filter(
      ([cluster]) => (world.clusters.get(cluster)?.waiting.length ?? 0) > 0,
    );
    if (node.shares.size * policy.placesFloor > node.places) continue;
    const ofOwner = new Map<string, number>();
    const floorsOf = new Map<string, number>();
    for (const [cluster, share] of claims) {
      const owner = world.clusters.get(cluster)?.owner ?? "";
      ofOwner.set(owner, (ofOwner.get(owner) ?? 0) + share);
      floorsOf.set(owner, (floorsOf.get(owner) ?? 0) + policy.placesFloor);
      if (share < policy.placesFloor)
        wrong.push(`cluster ${cluster} has a share of ${share} of node ${node.id}`);
    }
    for (const [owner, share] of ofOwner) {
      const most = Math.max(Math.floor(policy.placesMax * policy.ownerShareMax), floorsOf.get(owner) ?? 0);
      if (share > most) wrong.push(`owner ${owner} has ${share} of ${node.places} places of node ${node.id}`);
    }
  }
  return wrong;
}

/** Between two changes of load, places of a node turn round at most once. */
function swing(): Oracle {
  return {
    name: "swing",
    end({ driver, loadChangesMs }) {
      const wrong: string[] = [];
      const turns = new Map<string, number[]>();
      for (const { atMs, step } of driver.deeds) {
        if (step.act !== "set-places") continue;
        const phase = loadChangesMs.filter((changeMs) => changeMs <= atMs).length;
        const key = `node ${step.node} after change ${phase}`;
        turns.set(key, [...(turns.get(key) ?? []), step.to - step.from]);
      }
      for (const [key, changes] of turns) {
        const reversals = changes.filter(
          (change, at) => at > 0 && Math.sign(change) !== Math.sign(changes[at - 1] as number),
        );
        if (reversals.length > 1) wrong.push(`${key}: ${changes.join(", ")}`);
      }
      return wrong;
    },
  };
}

/** No member is started again more often than the policy says, nor before its pause is over. */
function restarts(): Oracle {
  return {
    name: "restarts",
    end({ driver, settings }) {
      const { restartsMax, restartWindowMs } = settings.policy;
      const wrong: string[] = [];
      const times = new Map<string, number[]>();
      for (const { atMs, step } of driver.deeds) {
        if (step.act !== "restart-member") continue;
        const key = `${step.name} of cluster ${step.cluster}`;
        const earlier = (times.get(key) ?? []).filter((one) => atMs - one < restartWindowMs);
        if (earlier.length >= restartsMax)
          wrong.push(`${key} was started again at ${[...earlier, atMs].join(", ")}`);
        const pauseMs = earlier.length === 0 ? 0 : 2_000 * 2 ** (earlier.length - 1);
        const last = earlier.at(-1);
        if (last !== undefined && atMs - last < pauseMs)
          wrong.push(`${key}: ${atMs - last} ms after the last restart`);
        times.set(key, [...earlier, atMs]);
      }
      return wrong;
    },
  };
}

/** The score is what its description says, worked out in another way. */
function score(): Oracle {
  return {
    name: "score",
    step({ world, driver, settings }) {
      const fleet = driver.fleet();
      if (
        fleet === undefined ||
        fleet.atMs !== world.nowMs ||
        world.nowMs % settings.formationIntervalMs !== 0
      )
        return [];
      return [...fleet.clusters.values()].flatMap(({ cluster, members, window }) => {
        const found = driver.stability.score(cluster)?.score ?? Number.NaN;
        let logs = 0;
        const live = members.filter((one) => one.state !== "done");
        const away = live.filter((one) => ["lost", "silent", "spawning"].includes(one.state));
        if (live.length > 0) logs += Math.log(1 - away.length / live.length);
        logs += Math.log(1 - (window.ended - window.succeeded) / (window.ended + 10));
        logs += Math.log(1 - window.windowsMissed / (window.windows + 10));
        logs -= Math.log(1 + window.restarts / 8 / Math.max(live.length, 1));
        const wanted = Math.exp(logs);
        const isRight = Math.abs(found - wanted) < 1e-9 && found >= 0 && found <= 1;
        return isRight ? [] : [`cluster ${cluster} has ${found}, not ${wanted}, at ${world.nowMs}`];
      });
    },
  };
}

/**
 * While a member has a node that works, its route leads to such a one at the latest 65 s after the one it led to stopped working, and 5 s after
 * that was seen.
 */
function routes(): Oracle {
  const badSinceMs = new Map<string, number>();
  const LIMIT_MS = 65_000;
  const SEEN_LIMIT_MS = 5_000;
  return {
    name: "routes",
    step({ world, driver }) {
      const wrong: string[] = [];
      for (const cluster of world.clusters.values()) {
        for (const member of cluster.members) {
          const key = `${cluster.id}/${member.name}`;
          const others = nodesOf(world, member).map((id) => world.nodes.get(id));
          // One that has just come back has 30 s, which is the other oracle's.
          const hasOther = others.some(
            (node) => isSound(node) && node?.isUp && node.probes.length === 6 && node.probes.every(Boolean),
          );
          const head = driver.communication.routes.route(cluster.id, member.name)?.nodes[0];
          const node = head === undefined ? undefined : world.nodes.get(head);
          const isSeen = (node === undefined && member.state === "ready") || node?.isUp === false;
          if (isSound(node) || !hasOther || member.state !== "ready") {
            badSinceMs.delete(key);
            badSinceMs.delete(`${key}/seen`);
            continue;
          }
          const since = badSinceMs.get(key) ?? world.nowMs;
          badSinceMs.set(key, since);
          const seenSince = isSeen ? (badSinceMs.get(`${key}/seen`) ?? world.nowMs) : undefined;
          if (seenSince === undefined) badSinceMs.delete(`${key}/seen`);
          else badSinceMs.set(`${key}/seen`, seenSince);
          if (world.nowMs - since > LIMIT_MS)
            wrong.push(`${key} leads to ${head} since ${since}, which is ${node?.state}`);
          if (seenSince !== undefined && world.nowMs - seenSince > SEEN_LIMIT_MS)
            wrong.push(`${key} leads to ${head} since ${seenSince}, whose end was seen`);
        }
      }
      return wrong;
    },
  };
}

/** A node that works again is on the routes of its members within 30 s. */
function recovery(): Oracle {
  const LIMIT_MS = 30_000;
  const soundSinceMs = new Map<bigint, number>();
  return {
    name: "recovery",
    step({ world, driver }) {
      const wrong: string[] = [];
      for (const node of world.nodes.values()) {
        if (!isSound(node)) soundSinceMs.delete(node.id);
        else if (!soundSinceMs.has(node.id)) soundSinceMs.set(node.id, world.nowMs);
        const sinceMs = soundSinceMs.get(node.id);
        if (sinceMs === undefined || world.nowMs - sinceMs !== LIMIT_MS) continue;
        for (const cluster of world.clusters.values()) {
          for (const member of cluster.members) {
            if (member.state !== "ready" || world.nowMs - member.stateAtMs < LIMIT_MS) continue;
            if (!nodesOf(world, member).includes(node.id)) continue;
            const nodes = driver.communication.routes.route(cluster.id, member.name)?.nodes ?? [];
            if (nodes.length < 8 && !nodes.includes(node.id))
              wrong.push(
                `node ${node.id}, back at ${sinceMs}, is on no route to ${member.name} of ${cluster.slug}`,
              );
          }
        }
      }
      return wrong;
    },
  };
}
