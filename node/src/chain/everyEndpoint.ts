import { PleiadError } from "@pleiad/sdk/errors";
import type { Provider, Rpc } from "./rpc.ts";

/** Whom a question goes to: one endpoint of several, or the only one. */
export type AskedEndpoint = Omit<Provider, "name" | "isSlow" | "distrust">;

/**
 * Asks every endpoint that neither lied nor lags, the slow ones only where fewer than two others answer. One that fails
 * says nothing. Where none answers, whoever is well next is asked, as patiently as ever.
 *
 * @throws the errors of `Rpc`, where none answers
 */
export async function askEvery<T>(
  rpc: Rpc,
  ask: (endpoint: AskedEndpoint) => Promise<T>,
): Promise<readonly T[]> {
  const health = rpc.health();
  if (health.length === 1) return [await ask(rpc)];
  const lagging = new Set(health.filter(({ state }) => state === "lags").map(({ name }) => name));
  const providers = rpc.providers().filter(({ name }) => !lagging.has(name));
  const askAll = async (some: readonly Provider[]) => {
    const answers = await Promise.allSettled(some.map(ask));
    return answers.flatMap((answer) => {
      if (answer.status === "fulfilled") return [answer.value];
      if (!(answer.reason instanceof PleiadError)) throw answer.reason;
      return [];
    });
  };
  const quick = await askAll(providers.filter(({ isSlow }) => !isSlow));
  const all =
    quick.length >= 2 ? quick : [...quick, ...(await askAll(providers.filter(({ isSlow }) => isSlow)))];
  return all.length > 0 ? all : [await ask(rpc)];
}

/** What more than half say at least; of two the lower one. Undefined where nobody says anything. */
export function middleOf(told: readonly bigint[]): bigint | undefined {
  const sorted = [...told].sort((a, b) => (a < b ? -1 : 1));
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

/** The same, but of two the higher one: where to take too little for true costs money. */
export function upperMiddleOf(told: readonly bigint[]): bigint | undefined {
  const sorted = [...told].sort((a, b) => (a < b ? -1 : 1));
  return sorted[Math.floor(sorted.length / 2)];
}

/**
 * The number that endpoints agree on: more than half of them are no further from what more than half say at least than is
 * tolerated, and the highest of those counts. Undefined where there is no such thing: of two that differ by more, neither
 * is believed.
 */
export function agreedNumber(
  told: readonly bigint[],
  toleranceOf: (middle: bigint) => bigint,
): bigint | undefined {
  const sorted = [...told].sort((a, b) => (a < b ? -1 : 1));
  const middle = middleOf(told);
  if (middle === undefined) return undefined;
  const tolerance = toleranceOf(middle);
  const near = sorted.filter((value) => value >= middle - tolerance && value <= middle + tolerance);
  return near.length > sorted.length / 2 ? near.at(-1) : undefined;
}

/** What more than half say; undefined where there is no such thing. */
export function agreedText(told: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of told) counts.set(text, (counts.get(text) ?? 0) + 1);
  for (const [text, count] of counts) if (count > told.length / 2) return text;
  return undefined;
}
