import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";

/** The expected failure of `task`. */
export function failureOf(task: () => unknown): PleiadError {
  try {
    expect.fail(`expected a failure, got ${String(task())}`);
  } catch (error) {
    if (error instanceof PleiadError) return error;
    throw error;
  }
}
