import { SLUG_PATTERN } from "@pleiad/sdk/blueprint/limits";
import { GOAL_CHARS_MAX } from "@pleiad/sdk/manager/limits";
import { managerError } from "../errors.ts";
import type { FormationRequest } from "../face.ts";
import { CAPABILITY_CHARS_MAX, MEMBERS_MAX } from "../limits.ts";

/**
 * The request in one spelling: capabilities in lower case, texts without what no text has.
 *
 * @throws PleiadError FORMATION_REQUEST_INVALID with the first thing that is wrong
 */
export function checkFormation(request: FormationRequest): FormationRequest {
  const { slug, size, limits, budgetWei } = request;
  const goal = request.goal.toWellFormed().trim();
  if (!SLUG_PATTERN.test(slug)) throw wrong("slug", slug, "3 to 31 small letters, digits or hyphens");
  if (goal === "" || goal.length > GOAL_CHARS_MAX) {
    throw wrong("goal", `${goal.length} characters`, `1 to ${GOAL_CHARS_MAX} characters`);
  }
  if (!isCount(size.min, 1) || !isCount(size.max, size.min)) {
    throw wrong(
      "size",
      `${size.min} to ${size.max}`,
      `whole numbers from 1 to ${MEMBERS_MAX}, the least first`,
    );
  }
  if (request.needs.length === 0 || request.needs.length > MEMBERS_MAX) {
    throw wrong("needs", `${request.needs.length} of them`, `1 to ${MEMBERS_MAX} of them`);
  }
  const needs = request.needs.map(({ capability, count }) => {
    if (!isCount(count, 1)) throw wrong("needs.count", count, `a whole number from 1 to ${MEMBERS_MAX}`);
    const name = capability.toWellFormed().trim().toLowerCase();
    if (name === "" || name.length > CAPABILITY_CHARS_MAX) {
      throw wrong(
        "needs.capability",
        name.slice(0, CAPABILITY_CHARS_MAX),
        `1 to ${CAPABILITY_CHARS_MAX} characters`,
      );
    }
    return { capability: name, count };
  });
  if (budgetWei < 0n) throw wrong("budgetWei", budgetWei, "an amount that is not negative");
  if (limits.priceWeiMax < 0n)
    throw wrong("limits.priceWeiMax", limits.priceWeiMax, "an amount that is not negative");
  if (!(limits.ratingMin >= 0 && limits.ratingMin <= 1)) {
    throw wrong("limits.ratingMin", limits.ratingMin, "a number from 0 to 1");
  }
  if (!Number.isSafeInteger(limits.ratingsMin) || limits.ratingsMin < 0) {
    throw wrong("limits.ratingsMin", limits.ratingsMin, "a whole number from 0");
  }
  if (limits.roundTripMsMax !== undefined && !(limits.roundTripMsMax > 0)) {
    throw wrong("limits.roundTripMsMax", limits.roundTripMsMax, "milliseconds, more than 0");
  }
  return { ...request, goal, needs };
}

function isCount(value: number, min: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= MEMBERS_MAX;
}

function wrong(key: string, value: unknown, expected: string) {
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : String(value);
  return managerError("FORMATION_REQUEST_INVALID", `${key} is ${shown}, expected ${expected}`, {
    hint: "Mend it and ask again; nothing was done",
    details: { key },
  });
}
