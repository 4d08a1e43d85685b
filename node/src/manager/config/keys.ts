import { SLUG_PATTERN } from "@pleiad/sdk/blueprint/limits";
import { isAddress } from "viem";
import { z } from "zod";
import { HELPERS_MAX, JOBS_PARALLEL_MAX } from "../../config/schemas.ts";
import {
  CLUSTER_SIZE_THRESHOLD_MAX,
  GATEWAY_TOPICS_MAX,
  GATEWAYS_MAX,
  INTERVAL_MS_MAX,
  INTERVAL_MS_MIN,
  LATENCY_THRESHOLD_MS_MAX,
  MANAGED_CLUSTERS_MAX,
  MANAGED_OWNERS_MAX,
  MANAGER_NAME_CHARS_MAX,
  WEIGHT_MAX,
} from "../limits.ts";
import type { Act } from "../plans.ts";
import type { ManagerCapability, ManagerRelationships } from "../settings.ts";
import { type AlertSinkSettings, SINK_KEYS, sinksSchema } from "./sinks.ts";
import { amount, duration, listOf, oneOf, readWith, share } from "./values.ts";

/** One key of the file: all that the parser and the page need to know about it. */
export interface ManagerKey<T = unknown> {
  readonly meaning: string;
  /** What may stand there, to follow the word "expected". */
  readonly expected: string;
  readonly schema: z.ZodType<T>;
  /** What holds when it is absent, and why that; undefined where it is required. */
  readonly absent: { readonly value: T; readonly text: string; readonly why: string } | undefined;
  /** Keys that may stand in a map inside it, for "did you mean". */
  readonly inside?: readonly string[];
}

function required<T>(key: Omit<ManagerKey<T>, "absent">): ManagerKey<T> {
  return { ...key, absent: undefined };
}

function optional<T>(key: Omit<ManagerKey<T>, "absent">, value: T, text: string, why: string): ManagerKey<T> {
  return { ...key, absent: { value, text, why } };
}

const CAPABILITIES = [
  "formation",
  "communication",
  "scaling",
  "stability",
] as const satisfies readonly ManagerCapability[];

/** Every act there is, and whether it is done unasked where the file says nothing: what costs nothing and can be taken back is. */
const ACTS: Readonly<Record<Act, boolean>> = {
  publish: false,
  "serve-model": false,
  "leave-model": false,
  "set-places": true,
  "set-share": true,
  "start-helper": true,
  "stop-helper": true,
  "restart-member": true,
  "drain-node": false,
  "resume-node": true,
  "set-route": true,
  connect: true,
  "write-rules": false,
  "write-context": true,
  broadcast: true,
};
const ACT_NAMES = Object.keys(ACTS) as readonly Act[];
const UNASKED = ACT_NAMES.filter((act) => ACTS[act]);

const DATABASE_NAME = /^[a-z][a-z0-9_-]{0,47}$/;
const databaseName = z.string().regex(DATABASE_NAME);
const DATABASE_EXPECTED = "a name of small letters, digits, _ and -, a letter first, at most 48";
const slug = z
  .string()
  .regex(SLUG_PATTERN, "expected the slug of a cluster, 3 to 31 small letters, digits and -");
const topic = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,47}$/, "expected a topic, 1 to 48 of a-z 0-9 . _ -, not a sign first");
const owner = readWith((value) =>
  typeof value === "string" && isAddress(value, { strict: false }) ? (value as `0x${string}`) : undefined,
);
const gateway = z.strictObject({ from: slug, to: slug, topics: listOf(topic, 1, GATEWAY_TOPICS_MAX) });
const weights = z
  .record(slug, share(1 / WEIGHT_MAX, WEIGHT_MAX))
  .refine((given) => Object.keys(given).length <= MANAGED_CLUSTERS_MAX)
  .transform((given): ReadonlyMap<string, number> => new Map(Object.entries(given)));

/** A URL without user, query and fragment, which nobody would see again. */
function isPlainUrl(text: string): boolean {
  if (text.length > 2_048 || !URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && url.username + url.password + url.search + url.hash === "";
}
const orchestrator = readWith((value) => {
  if (typeof value !== "string") return undefined;
  return isPlainUrl(value) || /^[A-Za-z0-9 _-]{1,32}$/.test(value) ? value : undefined;
});

const sizes = readWith((value) => {
  const { min, max, ...rest } = (Array.isArray(value) ? { min: value[0], max: value[1] } : Object(value)) as {
    readonly min?: unknown;
    readonly max?: unknown;
  };
  const isLong = Array.isArray(value) && value.length !== 2;
  const isSize = (size: unknown): size is number =>
    Number.isSafeInteger(size) && (size as number) >= 0 && (size as number) <= CLUSTER_SIZE_THRESHOLD_MAX;
  return !isLong && Object.keys(rest).length === 0 && isSize(min) && isSize(max) ? { min, max } : undefined;
});

const interval = duration({ minMs: INTERVAL_MS_MIN, maxMs: INTERVAL_MS_MAX, bareMs: 1_000 });
const INTERVAL_EXPECTED = "seconds from 1 to 86400, or a number with its unit as 30s, 5m, 1h";
const period = (minMs: number) => duration({ minMs, maxMs: INTERVAL_MS_MAX, bareMs: 1 });
const PERIOD_EXPECTED = "milliseconds up to a day, or a number with its unit as 30s, 10m";
const AMOUNT_EXPECTED = "an amount with its unit, as 0.01 ether, 5 gwei or 0 wei";
const whole = (min: number, max: number) => z.int().min(min).max(max);
const wholeText = (min: number, max: number) => `a whole number from ${min} to ${max}`;

/** Every key below `cluster_manager`, by its dotted name, in the order of the page. */
export const MANAGER_KEYS = {
  id: required({
    meaning: "Names the manager in its databases, in plans and in alerts. It stays for the manager's life.",
    expected: "a name of small letters, digits and -, a letter or digit first, at most 32",
    schema: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/),
  }),
  name: required({
    meaning: "What people call it.",
    expected: `text of 1 to ${MANAGER_NAME_CHARS_MAX} characters on one line`,
    schema: z
      .string()
      .max(MANAGER_NAME_CHARS_MAX)
      .regex(/^[^\p{Cc}\s][^\p{Cc}]*$/u),
  }),
  capabilities: required<readonly ManagerCapability[]>({
    meaning: "What it may make plans for. It refuses requests for anything else (`CAPABILITY_MISSING`).",
    expected: `a list of some of ${CAPABILITIES.join(", ")}`,
    schema: listOf(oneOf(CAPABILITIES), 1, CAPABILITIES.length),
  }),
  "relationships.clusters": optional<readonly string[]>(
    {
      meaning: "Slugs of the clusters that it manages.",
      expected: `a list of up to ${MANAGED_CLUSTERS_MAX} slugs`,
      schema: listOf(slug, 0, MANAGED_CLUSTERS_MAX),
    },
    [],
    "none",
    "`owners` may name them all",
  ),
  "relationships.owners": optional<readonly `0x${string}`[]>(
    {
      meaning: "Addresses whose clusters it manages, all of them, also later ones.",
      expected: `a list of up to ${MANAGED_OWNERS_MAX} addresses, 0x and 40 hex digits each`,
      schema: listOf(owner, 0, MANAGED_OWNERS_MAX).transform((owners) =>
        owners.map((one) => one.toLowerCase() as `0x${string}`),
      ),
    },
    [],
    "none",
    "`clusters` may name each",
  ),
  "relationships.orchestrator": optional<string | undefined>(
    {
      meaning:
        "Whom it reports to: a URL that its status is posted to as JSON, when something changed and every minute, or an agent that is told in messages of each managed cluster of which it is a member, when something changed, at most every minute.",
      expected: "an http or https URL without user, ? and #, or the name of an agent",
      schema: orchestrator,
    },
    undefined,
    "nobody",
    "whoever wants its reports can ask for them",
  ),
  "relationships.gateways": optional<ManagerRelationships["gateways"]>(
    {
      meaning:
        "Pairs of clusters between which messages on these topics go. The owners of both must name the way.",
      expected: `a list of up to ${GATEWAYS_MAX} maps with from, to and topics`,
      schema: z.array(gateway).max(GATEWAYS_MAX),
      inside: Object.keys(gateway.shape),
    },
    [],
    "none",
    "clusters are closed to each other unless their owners say otherwise",
  ),
  "relationships.weights": optional<ReadonlyMap<string, number>>(
    {
      meaning: "How much of a node's places a cluster gets beside others, by its slug.",
      expected: `a map from slugs to numbers from ${1 / WEIGHT_MAX} to ${WEIGHT_MAX}`,
      schema: weights,
    },
    new Map(),
    "1 for each",
    "no cluster is more important until somebody says so",
  ),
  "databases.clusters": required({
    meaning: "Name of the database for plans, desired state and restarts.",
    expected: DATABASE_EXPECTED,
    schema: databaseName,
  }),
  "databases.communication": required({
    meaning: "Name of the database for routes, gateways and latencies.",
    expected: DATABASE_EXPECTED,
    schema: databaseName,
  }),
  "databases.performance": required({
    meaning: "Name of the database for samples, scores and alerts.",
    expected: DATABASE_EXPECTED,
    schema: databaseName,
  }),
  formation_interval: optional(
    {
      meaning: "How often it compares the clusters with what is wanted.",
      expected: INTERVAL_EXPECTED,
      schema: interval,
    },
    60_000,
    "60 s",
    "members change with blocks and publications; what cannot wait, as a member's end, is news and does not",
  ),
  scaling_interval: optional(
    {
      meaning: "How often it looks whether places are enough.",
      expected: INTERVAL_EXPECTED,
      schema: interval,
    },
    30_000,
    "30 s",
    "a queue grows within a minute, and a change of scale is watched for longer than that anyway",
  ),
  "alert_thresholds.cluster_size": optional(
    {
      meaning: "Members of a cluster that are neither lost nor silent, least and most.",
      expected: "a list of two whole numbers, as [3, 10], or a map with min and max",
      schema: sizes,
    },
    { min: 3, max: 10 },
    "[3, 10]",
    "with less than three nobody is left to replace a member; ten is what one person follows",
  ),
  "alert_thresholds.communication_latency": optional(
    {
      meaning: "The 95th percentile of the time from a message's being sent to its being there.",
      expected: `milliseconds from 1 to ${LATENCY_THRESHOLD_MS_MAX}, or a number with its unit as 2s`,
      schema: duration({ minMs: 1, maxMs: LATENCY_THRESHOLD_MS_MAX, bareMs: 1 }),
    },
    1_000,
    "1000 ms",
    "agents that talk to each other wait; a message across the world takes a fifth of that",
  ),
  "alert_thresholds.resource_usage": optional(
    {
      meaning: "Highest of the shares of processor, memory and disk in use on a node of the same operator.",
      expected: "a number from 0 to 1",
      schema: share(0, 1),
    },
    0.8,
    "0.8",
    "above it answers become late, and what is left may be less than one more agent takes",
  ),
  "alert_thresholds.stability_score": optional(
    { meaning: "Least score of a cluster.", expected: "a number from 0 to 1", schema: share(0, 1) },
    0.9,
    "0.9",
    "one of ten things that go wrong is worth a look",
  ),
  alert_fire_after: optional(
    {
      meaning: "For how long a threshold has to be crossed until an alert fires.",
      expected: "seconds up to a day, or a number with its unit as 30s, 5m",
      schema: duration({ minMs: 0, maxMs: INTERVAL_MS_MAX, bareMs: 1_000 }),
    },
    60_000,
    "60 s",
    "what is over within a minute needs nobody",
  ),
  alert_resolve_after: optional(
    {
      meaning: "For how long it has to be well again until the alert is over.",
      expected: "seconds up to a day, or a number with its unit as 30s, 5m",
      schema: duration({ minMs: 0, maxMs: INTERVAL_MS_MAX, bareMs: 1_000 }),
    },
    120_000,
    "120 s",
    "what comes and goes within minutes is one alert and not many",
  ),
  alert_sinks: optional<readonly AlertSinkSettings[]>(
    {
      meaning: "Where alerts go, besides the API: see [Sinks](#sinks).",
      expected: "a list of up to 8 maps with kind: log, webhook or alertmanager",
      schema: sinksSchema,
      inside: SINK_KEYS,
    },
    [{ kind: "log", name: "log" }],
    "`[{ kind: log }]`",
    "an alert that nobody hears of helps nobody, and the log is there in any case",
  ),
  "policy.unasked": optional<readonly Act[]>(
    {
      meaning: "Acts that need nobody's yes, as long as the money stays within the limits below.",
      expected: `a list of some of ${ACT_NAMES.join(", ")}`,
      schema: listOf(oneOf(ACT_NAMES), 0, ACT_NAMES.length),
    },
    UNASKED,
    UNASKED.map((act) => `\`${act}\``).join(", "),
    "they cost nothing, and can be taken back or do no harm; what goes on chain, binds agents or takes a node out of work is asked for",
  ),
  "policy.forbidden": optional<readonly Act[]>(
    {
      meaning: "Acts that are never done, whoever asks.",
      expected: `a list of some of ${ACT_NAMES.join(", ")}`,
      schema: listOf(oneOf(ACT_NAMES), 0, ACT_NAMES.length),
    },
    [],
    "none",
    "a person's yes is enough",
  ),
  "policy.plan_wei_max": optional(
    {
      meaning: "What one plan may cost unasked, gas and fees together.",
      expected: AMOUNT_EXPECTED,
      schema: amount,
    },
    10_000_000_000_000_000n,
    "0.01 ether",
    "a publication on a public chain at ordinary gas",
  ),
  "policy.day_wei_max": optional(
    { meaning: "What all plans of a day may cost, asked or not.", expected: AMOUNT_EXPECTED, schema: amount },
    50_000_000_000_000_000n,
    "0.05 ether",
    "five such plans; a manager that wants more in a day is to be looked at",
  ),
  "policy.restarts_max": optional(
    {
      meaning: "Restarts of one member within the window.",
      expected: wholeText(0, 100),
      schema: whole(0, 100),
    },
    3,
    "3",
    "what ends a fourth time has a cause that a restart does not mend",
  ),
  "policy.restart_window_ms": optional(
    {
      meaning: "The window over which restarts are counted.",
      expected: PERIOD_EXPECTED,
      schema: period(1_000),
    },
    600_000,
    "10 min",
    "longer than a program takes to start and fail",
  ),
  "policy.cooldown_ms": optional(
    {
      meaning: "After a change of scale, none in the same cluster for so long.",
      expected: PERIOD_EXPECTED,
      schema: period(0),
    },
    300_000,
    "5 min",
    "a queue needs as long to show what a change did",
  ),
  "policy.verify_ms": optional(
    {
      meaning: "How long a change is watched before it counts as good.",
      expected: PERIOD_EXPECTED,
      schema: period(0),
    },
    120_000,
    "2 min",
    "some looks of the scaling interval, and within the cool-down",
  ),
  "policy.places_floor": optional(
    {
      meaning: "Least places of every cluster that has work, on a node with enough of them.",
      expected: wholeText(0, JOBS_PARALLEL_MAX),
      schema: whole(0, JOBS_PARALLEL_MAX),
    },
    1,
    "1",
    "nobody starves, however light its weight",
  ),
  "policy.owner_share_max": optional(
    {
      meaning: "Most of a node's places that clusters of one owner use together.",
      expected: "a share from 0.01 to 1",
      schema: share(0.01, 1),
    },
    1,
    "1",
    "most nodes work for their own operator's clusters, and places that nobody may use help nobody",
  ),
  "policy.places_max": optional(
    {
      meaning: "Most places that a node is set to.",
      expected: wholeText(1, JOBS_PARALLEL_MAX),
      schema: whole(1, JOBS_PARALLEL_MAX),
    },
    16,
    "16",
    "agents of 50 to 300 MB each: what a machine of 8 GB holds",
  ),
  "policy.helpers_max": optional(
    {
      meaning: "Most helpers that a cluster is given.",
      expected: wholeText(0, HELPERS_MAX),
      schema: whole(0, HELPERS_MAX),
    },
    8,
    "8",
    "as many as a node runs where its configuration says nothing",
  ),
} as const satisfies Readonly<Record<string, ManagerKey>>;

export type ManagerKeyName = keyof typeof MANAGER_KEYS;
/** What a key's value is once it is read. */
export type ValueOf<Name extends ManagerKeyName> =
  (typeof MANAGER_KEYS)[Name] extends ManagerKey<infer Value> ? Value : never;

/** Maps whose keys are in the table, with what they are for. */
export const MANAGER_SECTIONS: Readonly<Record<string, string>> = {
  relationships: "Whom it manages, and what stands between them. It names `clusters`, `owners`, or both.",
  databases:
    "Names of its three databases in the node's store, as a map, or as a list of exactly three names in the order clusters, communication, performance. " +
    "A database belongs to one role of one manager for good.",
  alert_thresholds: "What has to be crossed for an alert.",
  policy: "What it may do unasked, and how far it goes.",
};
/** Those that must be there. */
export const REQUIRED_SECTIONS: readonly string[] = ["relationships", "databases"];
