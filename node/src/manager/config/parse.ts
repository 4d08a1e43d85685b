import { dirname, resolve } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import type { z } from "zod";
import { didYouMean } from "../../config/didYouMean.ts";
import { lineOf } from "../../config/parse.ts";
import { type ConfigProblem, problemLines, show } from "../../config/problem.ts";
import { readYaml } from "../../config/yamlValues.ts";
import { MANAGER_FILE_BYTES_MAX, MANAGER_MISTAKES_MAX } from "../limits.ts";
import type { Act } from "../plans.ts";
import type { ManagerSettings } from "../settings.ts";
import {
  MANAGER_KEYS,
  MANAGER_SECTIONS,
  type ManagerKey,
  type ManagerKeyName,
  REQUIRED_SECTIONS,
  type ValueOf,
} from "./keys.ts";
import { MANAGER_RELATIONS } from "./relations.ts";
import type { AlertSinkSettings } from "./sinks.ts";

/** What the file says of alerts besides their thresholds. Not among the settings, which are shown: a URL may hold a token. */
export interface AlertingSettings {
  readonly fireAfterMs: number;
  readonly resolveAfterMs: number;
  readonly sinks: readonly AlertSinkSettings[];
}

/** All that a manager's file says. */
export interface ManagerFile {
  readonly settings: ManagerSettings;
  readonly alerting: AlertingSettings;
}

/** The one key at the top. */
const ROOT = "cluster_manager";
/** The names of databases where they are a list, in its order. */
const DATABASE_ORDER = ["clusters", "communication", "performance"] as const;
/** What no text file holds: control characters but for tab and line breaks. */
const CONTROL = /(?![\t\n\r])\p{Cc}/u;

type Report = (key: string, sentence: string) => void;

/**
 * Reads a manager's file: checks every key and value, fills in the defaults, and checks what the keys say together.
 *
 * @param text the file's content, YAML
 * @param fileName its path, for messages and as the origin of relative paths
 * @throws MANAGER_FILE_INVALID with the first mistake's line in the message: file and line, key, value given, value expected;
 * all of them are in `details.problems`
 */
export function parseManagerFile(text: string, fileName: string): ManagerFile {
  if (Buffer.byteLength(text) > MANAGER_FILE_BYTES_MAX) {
    const sentence = `${Buffer.byteLength(text)} bytes are too many, expected at most ${MANAGER_FILE_BYTES_MAX}`;
    throw managerFileInvalid(fileName, [{ key: "", line: undefined, sentence }]);
  }
  if (CONTROL.test(text)) {
    const sentence = "it holds control characters, expected text";
    throw managerFileInvalid(fileName, [{ key: "", line: undefined, sentence }]);
  }
  const { value, lines, mistakes } = readYaml(text);
  if (mistakes.length > 0) {
    throw managerFileInvalid(
      fileName,
      mistakes.map(({ line, sentence }) => ({ key: "", line, sentence: `no YAML as expected: ${sentence}` })),
    );
  }
  const problems: ConfigProblem[] = [];
  const root = rootOf(value, fileName, lines);
  const report: Report = (key, sentence) => {
    const path = key === "" ? ROOT : `${ROOT}.${key}`;
    const place = placeOf(path, root);
    problems.push({ key: path, line: lineOf(place, lines), isAbsent: !lines.has(place), sentence });
  };
  const given = collect(root, report);
  const values = Object.fromEntries(
    Object.entries(MANAGER_KEYS).map(([name, key]) => [name, readKey(name, key, given, report)]),
  );
  if (problems.length > 0) throw managerFileInvalid(fileName, problems);
  // What is forbidden is not done unasked; only a file that says both contradicts itself.
  if (!given.has("policy.unasked") && Array.isArray(values["policy.unasked"]))
    values["policy.unasked"] = values["policy.unasked"].filter(
      (act: Act) => !(values["policy.forbidden"] as readonly Act[]).includes(act),
    );
  // Each value is what its schema made or its default.
  const file = fileOf(
    <Name extends ManagerKeyName>(name: Name) => values[name] as ValueOf<Name>,
    dirname(resolve(fileName)),
  );
  for (const { violations } of MANAGER_RELATIONS)
    for (const { key, sentence } of violations(file)) report(key, sentence);
  if (problems.length > 0) throw managerFileInvalid(fileName, problems);
  return file;
}

/** The error that refuses a file. */
export function managerFileInvalid(fileName: string, problems: readonly ConfigProblem[]): PleiadError {
  const lines = problemLines(fileName, problems.slice(0, MANAGER_MISTAKES_MAX));
  const left = problems.length - lines.length;
  const [first, ...others] = lines.map((line, index) =>
    index === 0 ? line : line.replace(`${fileName}:`, "line ").replace(`${fileName}: `, ""),
  );
  const more = left > 0 ? [`and ${left} more`] : [];
  return new PleiadError([first, ...others, ...more].join("; "), {
    code: "MANAGER_FILE_INVALID",
    hint: "correct the file; every key, its range and its default stand in docs/manager.md",
    details: { file: fileName, problems: lines },
  });
}

/** Where a key stands: the databases may be a list. */
function placeOf(path: string, root: unknown): string {
  if (!isMap(root) || !Array.isArray(root.databases)) return path;
  const index = DATABASE_ORDER.findIndex((name) => path === `${ROOT}.databases.${name}`);
  return index < 0 ? path : `${ROOT}.databases.${index}`;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function rootOf(value: unknown, fileName: string, lines: ReadonlyMap<string, number>): unknown {
  const names = isMap(value) ? Object.keys(value) : [];
  if (isMap(value) && names.length === 1 && names[0] === ROOT) return value[ROOT];
  const wrong = names.find((name) => name !== ROOT);
  const sentence =
    wrong === undefined
      ? `${show(value ?? null)} given, expected the key ${ROOT}`
      : `unknown key, expected ${ROOT} alone at the top`;
  const line = wrong === undefined ? undefined : lines.get(wrong);
  throw managerFileInvalid(fileName, [{ key: wrong ?? "", line, sentence }]);
}

/** Takes the values of known keys out of the file, by dotted name; reports the others. */
function collect(root: unknown, report: Report): ReadonlyMap<string, unknown> {
  const given = new Map<string, unknown>();
  if (!isMap(root)) {
    report("", `${show(root)} given, expected keys such as "id:" below it`);
    return given;
  }
  const top = new Set(Object.keys(MANAGER_KEYS).map((name) => name.split(".", 1)[0] as string));
  for (const [name, content] of Object.entries(root)) {
    if (Object.hasOwn(MANAGER_KEYS, name)) given.set(name, content);
    else if (!Object.hasOwn(MANAGER_SECTIONS, name)) report(name, unknownKey(name, [...top]));
    else collectSection(name, content, given, report);
  }
  for (const name of REQUIRED_SECTIONS) {
    if (Object.hasOwn(root, name)) continue;
    report(name, "it is missing");
    for (const key of keysOf(name)) given.set(`${name}.${key}`, MISSING);
  }
  return given;
}

/** Stands for a value whose absence was told already. */
const MISSING = Symbol("missing");

function collectSection(name: string, content: unknown, given: Map<string, unknown>, report: Report): void {
  const known = keysOf(name);
  if (name === "databases" && Array.isArray(content)) {
    if (content.length !== DATABASE_ORDER.length) {
      const order = DATABASE_ORDER.join(", ");
      report(name, `${content.length} names given, expected exactly three, in the order ${order}`);
    }
    for (const [index, key] of DATABASE_ORDER.entries())
      given.set(`${name}.${key}`, content.length === DATABASE_ORDER.length ? content[index] : MISSING);
    return;
  }
  // All its keys may be comments.
  if (content === null) return;
  if (!isMap(content)) {
    report(name, `${show(content)} given, expected keys such as "${known[0]}:" below it`);
    for (const key of known) given.set(`${name}.${key}`, MISSING);
    return;
  }
  for (const [key, part] of Object.entries(content)) {
    if (known.includes(key)) given.set(`${name}.${key}`, part);
    else report(`${name}.${key}`, unknownKey(key, known));
  }
  // That the right key is missing only follows from its being misspelt.
  for (const key of Object.keys(content)) {
    const near = known.includes(key) ? undefined : didYouMean(key, known);
    if (near !== undefined && !Object.hasOwn(content, near)) given.set(`${name}.${near}`, MISSING);
  }
}

function keysOf(section: string): readonly string[] {
  return Object.keys(MANAGER_KEYS)
    .filter((name) => name.startsWith(`${section}.`))
    .map((name) => name.slice(section.length + 1));
}

function unknownKey(name: string, known: readonly string[]): string {
  const near = didYouMean(name, known);
  return near === undefined
    ? `unknown key, expected one of ${known.join(", ")}`
    : `unknown key, did you mean ${near}?`;
}

function readKey(
  name: string,
  key: ManagerKey,
  given: ReadonlyMap<string, unknown>,
  report: Report,
): unknown {
  const value = given.get(name);
  if (value === MISSING) return undefined;
  if (!given.has(name)) {
    if (key.absent === undefined) report(name, `it is missing, expected ${key.expected}`);
    return key.absent?.value;
  }
  const parsed = key.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const misspelt = parsed.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((unknown) => [...issue.path, didYouMean(unknown, key.inside ?? [])].join("."))
      : [],
  );
  for (const issue of parsed.error.issues) {
    // That the right key is missing only follows from its being misspelt.
    if (issue.code === "unrecognized_keys" || !misspelt.includes(issue.path.join(".")))
      reportIssue(name, key, value, issue, report);
  }
  return undefined;
}

function reportIssue(
  name: string,
  key: ManagerKey,
  value: unknown,
  issue: z.core.$ZodIssue,
  report: Report,
): void {
  const path = [name, ...issue.path.map(String)].join(".");
  if (issue.code === "unrecognized_keys") {
    for (const unknown of issue.keys) report(`${path}.${unknown}`, unknownKey(unknown, key.inside ?? []));
    return;
  }
  const part = issue.path.at(-1);
  const found = issue.path.reduce<unknown>(
    (inner, step) => (Object(inner) as Record<PropertyKey, unknown>)[step],
    value,
  );
  const isKey = issue.code === "invalid_key";
  const shown = isKey ? show(part) : found === undefined ? "nothing" : show(found, part === SECRET_PART);
  report(path, `${shown} given, ${wantedBy(issue, key)}`);
}

/** A URL may hold a token. */
const SECRET_PART = "url";

function wantedBy(issue: z.core.$ZodIssue, key: ManagerKey): string {
  const message = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? "") : issue.message;
  if (/^(expected|did you mean)/.test(message)) return message;
  if (issue.path.length === 0) return `expected ${key.expected}`;
  if (issue.code === "invalid_type") return `expected ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
  if (issue.code === "too_small") return `expected ${entriesOf(issue.origin)}at least ${issue.minimum}`;
  if (issue.code === "too_big") return `expected ${entriesOf(issue.origin)}at most ${issue.maximum}`;
  return `expected ${key.expected}`;
}

/** zod's names of types, in words. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  array: "a list",
  object: "a map",
  string: "text",
  number: "a number",
};

function entriesOf(origin: string): string {
  if (origin === "string") return "a length of ";
  return origin === "array" ? "a number of entries of " : "";
}

function fileOf(
  get: <Name extends ManagerKeyName>(name: Name) => ValueOf<Name>,
  folder: string,
): ManagerFile {
  const settings: ManagerSettings = {
    id: get("id"),
    name: get("name"),
    capabilities: get("capabilities"),
    relationships: {
      clusters: get("relationships.clusters"),
      owners: get("relationships.owners"),
      orchestrator: get("relationships.orchestrator"),
      gateways: get("relationships.gateways"),
      weights: get("relationships.weights"),
    },
    databases: {
      clusters: get("databases.clusters"),
      communication: get("databases.communication"),
      performance: get("databases.performance"),
    },
    formationIntervalMs: get("formation_interval"),
    scalingIntervalMs: get("scaling_interval"),
    alertThresholds: {
      clusterSize: get("alert_thresholds.cluster_size"),
      communicationLatencyMs: get("alert_thresholds.communication_latency"),
      resourceUsage: get("alert_thresholds.resource_usage"),
      stabilityScore: get("alert_thresholds.stability_score"),
    },
    policy: {
      unasked: get("policy.unasked"),
      forbidden: get("policy.forbidden"),
      planWeiMax: get("policy.plan_wei_max"),
      dayWeiMax: get("policy.day_wei_max"),
      restartsMax: get("policy.restarts_max"),
      restartWindowMs: get("policy.restart_window_ms"),
      cooldownMs: get("policy.cooldown_ms"),
      verifyMs: get("policy.verify_ms"),
      placesFloor: get("policy.places_floor"),
      ownerShareMax: get("policy.owner_share_max"),
      placesMax: get("policy.places_max"),
      helpersMax: get("policy.helpers_max"),
    },
  };
  const sinks = get("alert_sinks").map((sink) =>
    sink.kind === "webhook" ? { ...sink, secretFile: resolve(folder, sink.secretFile) } : sink,
  );
  return {
    settings,
    alerting: { fireAfterMs: get("alert_fire_after"), resolveAfterMs: get("alert_resolve_after"), sinks },
  };
}
