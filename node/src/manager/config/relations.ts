import { amount } from "../planning/policy.ts";
import type { ManagerFile } from "./parse.ts";

/** What is wrong about a key beside another. */
interface Violation {
  readonly key: string;
  readonly sentence: string;
}

/** A rule over more than one key. */
interface ManagerRelation {
  /** One sentence for the page. */
  readonly meaning: string;
  violations(file: ManagerFile): readonly Violation[];
}

function unless(isKept: boolean, key: string, sentence: string): readonly Violation[] {
  return isKept ? [] : [{ key, sentence }];
}

/** All rules, each checked once every key by itself is right. */
export const MANAGER_RELATIONS: readonly ManagerRelation[] = [
  {
    meaning: "`relationships` names at least one of `clusters` and `owners`.",
    violations: ({ settings: { relationships } }) =>
      unless(
        relationships.clusters.length + relationships.owners.length > 0,
        "relationships",
        "it names no cluster, expected clusters or owners",
      ),
  },
  {
    meaning: "`weights` names clusters of `clusters`, unless `owners` may bring in others.",
    violations: ({ settings: { relationships } }) =>
      relationships.owners.length > 0
        ? []
        : [...relationships.weights.keys()]
            .filter((slug) => !relationships.clusters.includes(slug))
            .map((slug) => ({
              key: `relationships.weights.${slug}`,
              sentence:
                "a weight of a cluster that it does not manage, expected one of relationships.clusters",
            })),
  },
  {
    meaning: "A gateway leads from one cluster to another, and each pair stands once.",
    violations: ({ settings: { relationships } }) =>
      relationships.gateways.flatMap(({ from, to }, index) => {
        const key = `relationships.gateways.${index}`;
        if (from === to) return [{ key, sentence: `"${from}" to itself given, expected two clusters` }];
        const first = relationships.gateways.findIndex((other) => other.from === from && other.to === to);
        return unless(
          first === index,
          key,
          `"${from}" to "${to}" stands there twice, expected once with all topics`,
        );
      }),
  },
  {
    meaning: "The three databases have three names.",
    violations: ({ settings: { databases } }) =>
      unless(
        new Set(Object.values(databases)).size === 3,
        "databases",
        `${Object.values(databases).join(", ")} given, expected three different names`,
      ),
  },
  {
    meaning: "`alert_thresholds.cluster_size`: the least is not above the most, and the most is at least 1.",
    violations: ({ settings: { alertThresholds } }) => {
      const { min, max } = alertThresholds.clusterSize;
      return unless(
        min <= max && max >= 1,
        "alert_thresholds.cluster_size",
        `[${min}, ${max}] given, expected the least not above the most, and the most at least 1`,
      );
    },
  },
  {
    meaning: "`policy.places_floor` is not above `policy.places_max`.",
    violations: ({ settings: { policy } }) =>
      unless(
        policy.placesFloor <= policy.placesMax,
        "policy.places_floor",
        `${policy.placesFloor} given, expected at most policy.places_max, ${policy.placesMax}`,
      ),
  },
  {
    meaning: "`policy.plan_wei_max` is not above `policy.day_wei_max`.",
    violations: ({ settings: { policy } }) =>
      unless(
        policy.planWeiMax <= policy.dayWeiMax,
        "policy.plan_wei_max",
        `${amount(policy.planWeiMax)} given, expected at most policy.day_wei_max, ${amount(policy.dayWeiMax)}`,
      ),
  },
  {
    meaning: "`policy.verify_ms` is not above `policy.cooldown_ms`: a change is judged before the next one.",
    violations: ({ settings: { policy } }) =>
      unless(
        policy.verifyMs <= policy.cooldownMs,
        "policy.verify_ms",
        `${policy.verifyMs} given, expected at most policy.cooldown_ms, ${policy.cooldownMs}`,
      ),
  },
  {
    meaning: "No act is both in `policy.unasked` and in `policy.forbidden`, where the file names both.",
    violations: ({ settings: { policy } }) =>
      policy.unasked
        .filter((act) => policy.forbidden.includes(act))
        .map((act) => ({
          key: "policy.forbidden",
          sentence: `${act} is in policy.unasked, too, expected it in one of them`,
        })),
  },
];
