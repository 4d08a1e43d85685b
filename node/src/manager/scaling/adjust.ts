import {
  CALM_COOLDOWNS_MIN,
  HOT_MARGIN,
  HOT_STEP_SHARE,
  LOAD_CHANGE_FACTOR_MIN,
  LOAD_CHANGE_TASKS_MIN,
  PLACES_USED_AIM,
  PLACES_USED_MAX,
  PLACES_USED_MIN,
  SAMPLES_TO_RISE_MIN,
} from "../limits.ts";
import type { ManagerPolicy } from "../settings.ts";
import { addSample, highestOf, lowestOfLast, meanOf, reachesBack, type Series, since } from "./series.ts";

/** What is remembered of something that is turned up and down: how it stood at each look, and how often it turned round. */
export interface Dial {
  readonly places: number;
  readonly demands: Series;
  readonly loads: Series;
  /** Which way it was turned last, and when that was seen; undefined before. */
  readonly direction: 1 | -1 | undefined;
  readonly changedAtMs: number;
  /** The load at which turning round was last allowed, and how often it turned round since. */
  readonly load: number;
  readonly reversals: number;
  /** Turned up this far it was found bad: not again before the load is another. */
  readonly ceiling: number | undefined;
  /** Looks in a row at which its resources were too hot. */
  readonly looksHot: number;
}

/** One look at a node. */
export interface DialLook {
  readonly atMs: number;
  readonly places: number;
  readonly taken: number;
  /** Tasks that it could take, by its part of all places. */
  readonly demand: number;
  /** The same, were all nodes equal: what of its demand is the load's doing, and not that of its being turned. */
  readonly load: number;
  readonly resourceShare: number | undefined;
}

export interface DialRules {
  readonly policy: Pick<ManagerPolicy, "placesMax" | "cooldownMs">;
  /** `AlertThresholds.resourceUsage`. */
  readonly resourceThreshold: number;
}

export type Adjustment =
  | { readonly kind: "none" }
  | { readonly kind: "turn"; readonly to: number; readonly why: string }
  /** It should be turned up, and cannot: by policy, resources or what was learned. */
  | { readonly kind: "stuck"; readonly why: string };

/** Takes one more look. Whether it was turned, and by whom, is seen in its places themselves. */
export function lookAt(before: Dial | undefined, look: DialLook, rules: DialRules): Dial {
  const { atMs, places, demand } = look;
  const demands = addSample(before?.demands ?? [], atMs, demand, keepMs(rules.policy));
  const loads = addSample(before?.loads ?? [], atMs, look.load, keepMs(rules.policy));
  const load = meanOf(since(loads, atMs - rules.policy.cooldownMs)) ?? look.load;
  // Nothing is above a threshold of all there is: whoever sets that wants a machine that is wholly busy.
  const isHot =
    rules.resourceThreshold < 1 && look.resourceShare !== undefined && look.resourceShare >= hotFrom(rules);
  const looksHot = isHot ? (before?.looksHot ?? 0) + 1 : 0;
  if (before === undefined) {
    // When it was turned last is not known, so it counts as turned now.
    const fresh = { direction: undefined, reversals: 0, ceiling: undefined };
    return { places, demands, loads, changedAtMs: atMs, load, looksHot, ...fresh };
  }
  const turned = Math.sign(places - before.places) as 1 | -1 | 0;
  const direction = turned === 0 ? before.direction : turned;
  const isReversal = turned !== 0 && before.direction !== undefined && turned !== before.direction;
  const isOther = isOtherLoad(before.load, load);
  return {
    places,
    demands,
    loads,
    direction,
    changedAtMs: turned === 0 ? before.changedAtMs : atMs,
    load: isOther ? load : before.load,
    reversals: (isOther ? 0 : before.reversals) + (isReversal ? 1 : 0),
    ceiling: isOther ? undefined : before.ceiling,
    looksHot,
  };
}

/** One cool-down more than is ever looked back, so that it can be told whether figures reach back so far. */
export function keepMs({ cooldownMs }: Pick<ManagerPolicy, "cooldownMs">): number {
  return (CALM_COOLDOWNS_MIN + 1) * cooldownMs;
}

/** What was learned: turned up to `places` it was bad. */
export function learnCeiling(dial: Dial, places: number): Dial {
  return { ...dial, ceiling: Math.min(dial.ceiling ?? Number.POSITIVE_INFINITY, Math.max(1, places - 1)) };
}

/**
 * How a node's places should be turned.
 *
 * Up, when at `SAMPLES_TO_RISE_MIN` looks in a row more than `PLACES_USED_MAX` of them were wanted, to where the lesser of these takes
 * `PLACES_USED_AIM`. Down, when the highest demand of `CALM_COOLDOWNS_MIN` cool-downs took less than `PLACES_USED_MIN`, to where that
 * takes the aim. The edges are so far apart that what is turned to either lies well between both (hysteresis). Never within a cool-down of the
 * last turn, and at most one turn in the other direction before the load itself has changed by `LOAD_CHANGE_FACTOR_MIN`: whatever the
 * figures do, it does not swing. Too hot a node is turned down by a part, and not up again before the load is another.
 */
export function adjust(dial: Dial, look: DialLook, rules: DialRules): Adjustment {
  const { policy } = rules;
  if (look.places > policy.placesMax)
    return turn(dial, look, policy, policy.placesMax, "the policy allows no more");
  if (dial.looksHot >= 2 && look.places > 1) {
    const to = Math.max(1, Math.min(look.places - 1, Math.floor(look.places * (1 - HOT_STEP_SHARE))));
    return turn(dial, look, policy, to, `its resources are in use to ${percent(look.resourceShare ?? 0)}`);
  }
  const low = lowestOfLast(dial.demands, SAMPLES_TO_RISE_MIN) ?? 0;
  if (low > look.places * PLACES_USED_MAX) return rise(dial, look, rules, low);
  const calmMs = look.atMs - CALM_COOLDOWNS_MIN * policy.cooldownMs;
  const high = reachesBack(dial.demands, calmMs) ? highestOf(since(dial.demands, calmMs)) : undefined;
  if (high === undefined || high >= look.places * PLACES_USED_MIN) return { kind: "none" };
  const to = placesFor(high);
  if (to >= look.places) return { kind: "none" };
  return turn(dial, look, policy, to, `not more than ${tasks(high)} were wanted at once of late`);
}

function rise(dial: Dial, look: DialLook, rules: DialRules, low: number): Adjustment {
  const { policy, resourceThreshold } = rules;
  const ceiling = dial.ceiling ?? Number.POSITIVE_INFINITY;
  // As if every place cost as much as those that are taken do on average.
  const bearable =
    look.resourceShare === undefined || look.resourceShare <= 0
      ? Number.POSITIVE_INFINITY
      : Math.floor((Math.max(1, look.taken) * resourceThreshold) / look.resourceShare);
  const to = Math.min(placesFor(low), policy.placesMax, ceiling, bearable);
  if (to > look.places) return turn(dial, look, policy, to, `${tasks(low)} want its ${look.places} places`);
  if (policy.placesMax <= look.places)
    return { kind: "stuck", why: `the policy allows ${policy.placesMax} places` };
  if (ceiling <= look.places) return { kind: "stuck", why: "more places made things worse" };
  return { kind: "stuck", why: `its resources bear no more than ${look.places} places` };
}

function turn(
  dial: Dial,
  look: DialLook,
  policy: Pick<ManagerPolicy, "cooldownMs">,
  to: number,
  why: string,
): Adjustment {
  return mayTurn(dial, to > look.places ? 1 : -1, look.atMs, policy)
    ? { kind: "turn", to, why }
    : { kind: "none" };
}

/** Whether the cool-down is over and, where it would turn round, that was not done since the load was another. */
export function mayTurn(
  dial: Dial,
  direction: 1 | -1,
  atMs: number,
  policy: Pick<ManagerPolicy, "cooldownMs">,
): boolean {
  if (atMs - dial.changedAtMs < policy.cooldownMs) return false;
  const isReversal = dial.direction !== undefined && direction !== dial.direction;
  return !isReversal || dial.reversals === 0;
}

function placesFor(demand: number): number {
  return Math.max(1, Math.ceil(demand / PLACES_USED_AIM));
}

/** Whether a load is another one, and not the same with some chance in it. */
export function isOtherLoad(before: number, now: number): boolean {
  const [less, more] = before < now ? [before, now] : [now, before];
  return more - less >= LOAD_CHANGE_TASKS_MIN && more >= less * LOAD_CHANGE_FACTOR_MIN;
}

function hotFrom({ resourceThreshold }: DialRules): number {
  return Math.min(resourceThreshold + HOT_MARGIN, (1 + resourceThreshold) / 2);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function tasks(count: number): string {
  const rounded = Math.ceil(count);
  return rounded === 1 ? "1 task" : `${rounded} tasks`;
}
