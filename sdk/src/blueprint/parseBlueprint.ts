import { getAddress } from "viem";
import { type Document, LineCounter, parseDocument } from "yaml";
import type { PleiadError } from "../errors/base.ts";
import { sdkError } from "../errors/sdkError.ts";
import type { Blueprint, BlueprintModel, FeeUnit } from "./blueprint.ts";
import { byteLength, type ClusterFile, clusterSchema } from "./clusterSchema.ts";
import {
  ATTEMPTS_DEFAULT,
  BLUEPRINT_BYTES_MAX,
  MISTAKES_SHOWN_MAX,
  NATIVE_CURRENCY,
  SYNTAX_CHARS_MAX,
  VERSION_BYTES_MAX,
} from "./limits.ts";
import type { BlueprintMistake, RawMistake } from "./mistake.ts";
import { PRICE_PATTERN, parsePrice, TOKEN_AMOUNT_PATTERN } from "./parsePrice.ts";
import { placeIn } from "./placeInBlueprint.ts";
import { referenceMistakes } from "./referenceMistakes.ts";
import { shapeMistakes } from "./shapeMistakes.ts";
import { versionBytes } from "./versionBytes.ts";

/**
 * Reads `cluster.yaml`: its shape, its limits, and that every name that it refers to is there.
 *
 * @param text The file's text.
 * @param fileName What to call it in the message. @default "cluster.yaml"
 * @throws PleiadError `BLUEPRINT_INVALID` with every mistake at once, each with line, column and key path, as
 * `details.mistakes` (`BlueprintMistake[]`); the first ones are in the message.
 *
 * @example
 * const blueprint = parseBlueprint(readFileSync("cluster.yaml", "utf8"));
 */
export function parseBlueprint(text: string, fileName = "cluster.yaml"): Blueprint {
  const bytes = byteLength(text);
  if (bytes > BLUEPRINT_BYTES_MAX) {
    const message = `has ${bytes} bytes, the most is ${BLUEPRINT_BYTES_MAX}`;
    throw invalid(fileName, [{ line: 1, column: 1, path: "", message }]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const syntax = syntaxMistakes(document, lines);
  // Where only a key stands twice the rest can be read; after any other slip it would be guesswork.
  if (document.errors.some(({ code }) => code !== "DUPLICATE_KEY")) throw invalid(fileName, syntax);
  const file = dataOf(document, fileName);
  const parsed = clusterSchema.safeParse(file);
  const raw = [
    ...(parsed.success ? [] : shapeMistakes(parsed.error, clusterSchema, file)),
    ...referenceMistakes(file),
  ];
  const mistakes = [...syntax, ...raw.map((mistake) => located(document, lines, mistake))];
  if (mistakes.length > 0 || !parsed.success) throw invalid(fileName, mistakes);
  const blueprint = blueprintOf(parsed.data);
  const length = versionBytes(blueprint);
  if (length <= VERSION_BYTES_MAX) return blueprint;
  const message = `a version of it would have ${length} bytes, the most is ${VERSION_BYTES_MAX}`;
  throw invalid(fileName, [{ line: 1, column: 1, path: "", message }]);
}

function syntaxMistakes(document: Document, lines: LineCounter): BlueprintMistake[] {
  return [...document.errors, ...document.warnings].map(({ message, pos }) => {
    const { line, col } = lines.linePos(pos[0]);
    // The parser quotes what it stumbled over, which may be the rest of the file.
    const [said = ""] = message.split("\n");
    return { line, column: col, path: "", message: shortened(said) };
  });
}

function shortened(text: string): string {
  return text.length > SYNTAX_CHARS_MAX ? `${text.slice(0, SYNTAX_CHARS_MAX)}…` : text;
}

function dataOf(document: Document, fileName: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    // An alias that names nothing, or so many that they would fill the memory.
    const message = cause instanceof Error ? cause.message : "cannot be read";
    throw invalid(fileName, [{ line: 1, column: 1, path: "", message }]);
  }
}

function invalid(fileName: string, mistakes: readonly BlueprintMistake[]): PleiadError {
  const sorted = mistakes.toSorted((left, right) => left.line - right.line || left.column - right.column);
  const lines = sorted.map(({ line, column, path, message }) => {
    return `${fileName}:${line}:${column} ${path === "" ? message : `${path}: ${message}`}`;
  });
  const shown = lines.slice(0, MISTAKES_SHOWN_MAX);
  const more = lines.length - shown.length;
  if (more > 0) shown.push(`and ${more} more`);
  return sdkError("BLUEPRINT_INVALID", shown.join("\n"), { details: { fileName, mistakes: sorted } });
}

function located(document: Document, lines: LineCounter, mistake: RawMistake): BlueprintMistake {
  const { path, atKey = false, message } = mistake;
  return { ...placeIn(document, lines, path, atKey), message };
}

function blueprintOf(file: ClusterFile): Blueprint {
  const { slug, name, description = "", fee = "0 wei", windowSeconds, inputs = [] } = file;
  const { attempts = ATTEMPTS_DEFAULT } = file;
  return {
    slug,
    name,
    description,
    feeWei: weiOf(fee),
    feeUnit: feeUnitOf(fee),
    feeTokens: TOKEN_AMOUNT_PATTERN.exec(fee)?.[1],
    windowSeconds,
    attempts,
    inputs,
    models: Object.entries(file.models ?? {}).map(([key, model]) => modelOf(key, model)),
    agents: file.agents.map((agent) => {
      const { name, id, model, role = "", goal = "", backstory = "", tokensMax, temperature } = agent;
      return {
        name,
        id: id === undefined ? undefined : BigInt(id),
        model: typeof model === "number" ? BigInt(model) : model,
        role,
        goal,
        backstory,
        tokensMax,
        temperature,
      };
    }),
    tasks: file.tasks.map((task, index) => {
      const { name, agent, prompt, tool = "", toolArguments = "", dependsOn, quorum = 1 } = task;
      return {
        name,
        agent,
        prompt,
        tool,
        toolArguments,
        dependsOn: dependencies(file, dependsOn, index),
        quorum,
      };
    }),
  };
}

function modelOf(name: string, model: NonNullable<ClusterFile["models"]>[string]): BlueprintModel {
  const { id, price = "0 wei", nodeShareBps = 0, open = true, currency = NATIVE_CURRENCY } = model;
  if (id !== undefined) return { name, id: BigInt(id) };
  const inToken = currency === NATIVE_CURRENCY ? {} : { currency: getAddress(currency) };
  const terms = { nodeShareBps, open, ...inToken };
  const priceTokens = TOKEN_AMOUNT_PATTERN.exec(price)?.[1];
  return {
    name,
    terms: priceTokens === undefined ? { priceWei: weiOf(price), ...terms } : { priceTokens, ...terms },
  };
}

function dependencies(file: ClusterFile, dependsOn: readonly string[] | undefined, index: number): number[] {
  if (dependsOn === undefined) return index === 0 ? [] : [index - 1];
  const indices = dependsOn.map((name) => file.tasks.findIndex((task) => task.name === name));
  return indices.sort((left, right) => left - right);
}

/** The schema has checked that it is an amount; one in a token is counted later. */
function weiOf(price: string): bigint {
  return parsePrice(price) ?? 0n;
}

function feeUnitOf(fee: string): FeeUnit {
  return TOKEN_AMOUNT_PATTERN.test(fee) ? "token" : (PRICE_PATTERN.exec(fee)?.[3] as FeeUnit);
}
