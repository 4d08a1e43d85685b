import { dirname, resolve } from "node:path";
import type { z } from "zod";
import { didYouMean } from "./didYouMean.ts";
import { defaultOf, type Field, fieldsOf } from "./fields.ts";
import { type ConfigProblem, configInvalid, show } from "./problem.ts";
import { RELATIONS } from "./relations.ts";
import { contractsSchema, LOCAL_CHAIN_ID } from "./schemas.ts";
import {
  acpServiceSchema,
  CLI_KINDS,
  claudeServiceSchema,
  commandServiceSchema,
  httpServiceSchema,
} from "./service.ts";
import { CONFIG_TABLE, type Config, RENAMED_KEYS } from "./table.ts";
import { readYaml } from "./yamlValues.ts";

/** Larger than any configuration somebody writes by hand. Characters. */
export const CONFIG_CHARS_MAX = 262_144;

/** Arguments may hold a key that a program wants so; they are never shown. */
const SECRET_PARTS: ReadonlySet<string> = new Set(["args"]);

/**
 * Reads a configuration: checks every key and value, fills in the defaults, makes paths absolute, and checks the
 * relations between the keys.
 *
 * @param text the file's content, YAML
 * @param fileName its path, for messages and as the origin of relative paths
 * @throws CONFIG_INVALID whose message is one line: file and line, key, value given, value expected
 *
 * @example
 * const config = parseConfig("chain:\n  chainId: 1\n", "/var/lib/pleiad/pleiad.yaml");
 */
export function parseConfig(text: string, fileName: string): Config {
  if (text.length > CONFIG_CHARS_MAX) {
    const sentence = `${text.length} characters are too many, expected at most ${CONFIG_CHARS_MAX}`;
    throw configInvalid(fileName, [{ key: "", line: undefined, sentence }]);
  }
  const { value, lines, mistakes } = readYaml(text);
  if (mistakes.length > 0) {
    throw configInvalid(
      fileName,
      mistakes.map(({ line, sentence }) => ({ key: "", line, sentence: `no YAML as expected: ${sentence}` })),
    );
  }

  const problems: ConfigProblem[] = [];
  const report: Report = (key, sentence) => {
    problems.push({ key, line: lineOf(key, lines), isAbsent: !lines.has(key), sentence });
  };
  const given = collect(value, report);
  const dataFolder = dirname(resolve(fileName));
  const config = build(given, dataFolder, report);
  if (problems.length === 0) checkRelations(config, report);
  if (problems.length > 0) throw configInvalid(fileName, problems);
  return config;
}

/** The configuration of an empty file in a folder: a node of the local chain. */
export function defaultConfig(dataFolder: string): Config {
  return parseConfig("", resolve(dataFolder, CONFIG_FILE));
}

/** Name of the configuration in a data folder. */
export const CONFIG_FILE = "pleiad.yaml";

type Report = (key: string, sentence: string) => void;

/** The line of a key, or of the nearest one above it that is in the file. */
export function lineOf(key: string, lines: ReadonlyMap<string, number>): number | undefined {
  for (let path = key; path !== ""; path = path.includes(".") ? path.slice(0, path.lastIndexOf(".")) : "") {
    const line = lines.get(path);
    if (line !== undefined) return line;
  }
  return undefined;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Takes the values of known keys out of the file, by dotted name; reports the others. */
function collect(value: unknown, report: Report): ReadonlyMap<string, unknown> {
  const given = new Map<string, unknown>();
  if (value === undefined || value === null) return given;
  if (!isMap(value)) {
    report("", `${show(value)} is no configuration, expected keys such as "chain:"`);
    return given;
  }
  for (const [name, content] of Object.entries(value)) {
    const entry = Object.hasOwn(CONFIG_TABLE, name)
      ? CONFIG_TABLE[name as keyof typeof CONFIG_TABLE]
      : undefined;
    if (entry === undefined) {
      report(name, unknownKey(name, Object.keys(CONFIG_TABLE)));
    } else if (entry.kind === "field") {
      given.set(name, content);
    } else if (isMap(content)) {
      for (const [key, part] of Object.entries(content)) {
        if (Object.hasOwn(entry.keys, key)) given.set(`${name}.${key}`, part);
        else report(`${name}.${key}`, unknownKey(key, Object.keys(entry.keys), `${name}.`));
      }
    } else if (content !== null) {
      report(name, `${show(content)} given, expected keys such as "${Object.keys(entry.keys)[0]}:" below it`);
    }
  }
  return given;
}

/** The sentence about an unknown key; looks for it beside where it stands, then in the whole table. */
function unknownKey(name: string, siblings: readonly string[], prefix = ""): string {
  const renamed = RENAMED_KEYS[`${prefix}${name}`];
  if (renamed !== undefined) return `is now called ${renamed}`;
  const near = didYouMean(name, siblings);
  if (near !== undefined) return `unknown key, did you mean ${prefix}${near}?`;
  for (const [known] of fieldsOf(CONFIG_TABLE)) {
    const last = known.slice(known.lastIndexOf(".") + 1);
    if (didYouMean(name, [last]) !== undefined) return `unknown key here, did you mean ${known}?`;
  }
  return `unknown key, expected one of ${siblings.map((sibling) => prefix + sibling).join(", ")}`;
}

/** Every field's value: what was given, checked, or its default. */
function build(given: ReadonlyMap<string, unknown>, dataFolder: string, report: Report): Config {
  const chainIdGiven = CONFIG_TABLE.chain.keys.chainId.schema.safeParse(given.get("chain.chainId"));
  const chainId = chainIdGiven.success ? chainIdGiven.data : LOCAL_CHAIN_ID;
  const values: Record<string, unknown> = {};
  for (const [name, described] of fieldsOf(CONFIG_TABLE)) {
    const value = given.has(name)
      ? check(name, described, given.get(name), report)
      : defaultOf(described, chainId);
    const [first = "", second] = name.split(".");
    const final = described.path === true && typeof value === "string" ? resolve(dataFolder, value) : value;
    if (second === undefined) values[first] = final;
    else values[first] = { ...(isMap(values[first]) ? values[first] : {}), [second]: final };
  }
  // The loop above has set what the table lists, each as its schema says; with problems nobody gets to see it.
  return { ...values, dataFolder } as unknown as Config;
}

function check(name: string, described: Field<unknown>, value: unknown, report: Report): unknown {
  const parsed = described.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.flatMap((issue) => unfold(issue, value));
  // A misspelt key is the mistake; that the right one is missing then only follows from it.
  const meant = new Set<string>();
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    const beside = keysBeside(name, value, issue.path);
    const key = [name, ...issue.path].join(".");
    for (const unknown of issue.keys) {
      report(`${key}.${unknown}`, unknownKey(unknown, beside));
      meant.add(`${key}.${didYouMean(unknown, beside) ?? ""}`);
    }
  }
  for (const issue of issues) {
    const key = [name, ...issue.path].join(".");
    if (issue.code === "unrecognized_keys" || meant.has(key)) continue;
    report(key, sentenceFor(described, value, issue));
  }
  return undefined;
}

/** Where one of several shapes was allowed and a map was given, the issues inside the map say more. */
function unfold(issue: z.core.$ZodIssue, value: unknown): readonly z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union" || !isMap(at(value, issue.path))) return [issue];
  const inside = issue.errors.find((issues) =>
    issues.some(({ code, path }) => path.length > 0 || code === "unrecognized_keys"),
  );
  if (inside === undefined) return [issue];
  return inside.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** Says of one of zod's issues what stands there and what was expected. */
function sentenceFor(described: Field<unknown>, value: unknown, issue: z.core.$ZodIssue): string {
  const isSecret = described.secret === true || issue.path.some((part) => SECRET_PARTS.has(String(part)));
  if (issue.code === "invalid_key") {
    return `${show(issue.path.at(-1))} given, expected ${expectedOf(issue.issues[0] ?? issue)}`;
  }
  const found = at(value, issue.path) ?? undefined;
  const shown = found === undefined ? "nothing" : show(found, isSecret);
  return `${shown} given, expected ${issue.path.length === 0 ? described.expected : expectedOf(issue)}`;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((part, step) => (Object(part) as Record<PropertyKey, unknown>)[step], value);
}

/** The keys that may stand where an unknown one stands, inside a value that is a map itself. */
function keysBeside(name: string, value: unknown, path: readonly PropertyKey[]): readonly string[] {
  if (name === "models") return ["service"];
  if (name === "chain.contracts") return Object.keys(contractsSchema.shape);
  if (name !== "services") return [];
  const service = at(value, path);
  const kind = isMap(service) ? service.kind : undefined;
  if (CLI_KINDS.some((name) => name === kind)) return Object.keys(claudeServiceSchema.shape);
  const schema = [httpServiceSchema, acpServiceSchema].find(({ shape }) => shape.kind.value === kind);
  return Object.keys((schema ?? commandServiceSchema).shape);
}

/** zod's names of types, in words. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  object: "keys with values below it",
  record: "keys with values below it",
};

function expectedOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPE_WORDS[issue.expected] ?? `a value of type ${issue.expected}`;
    case "too_small":
      return `${unitOf(issue.origin)}at least ${issue.minimum}`;
    case "too_big":
      return `${unitOf(issue.origin)}at most ${issue.maximum}`;
    case "invalid_value":
      return issue.values.map((value) => show(value)).join(" or ");
    case "invalid_union":
      return issue.discriminator === undefined ? "something else" : '"command" or "http"';
    default:
      // The schemas' own sentences; some say "expected" themselves.
      return issue.message.replace(/^.*?expected /i, "");
  }
}

function unitOf(origin: string): string {
  if (origin === "string") return "a length of ";
  return origin === "array" ? "a number of entries of " : "";
}

function checkRelations(config: Config, report: Report): void {
  for (const { violations } of RELATIONS) {
    for (const { key, given, expected } of violations(config))
      report(key, `${show(given)} given, expected ${expected}`);
  }
}
