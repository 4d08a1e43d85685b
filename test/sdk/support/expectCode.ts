import { expect } from "chai";
import { PleiadError } from "../../../sdk/src/errors/base.ts";

/** Waits for a failure and checks its code; answers the error for more. */
export async function expectCode(promise: Promise<unknown>, code: string): Promise<PleiadError> {
  const error: unknown = await promise.then(
    (value) => expect.fail(`expected ${code}, but it succeeded with ${String(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof PleiadError)) throw error;
  expect(error.code, error.message).to.equal(code);
  expect(error.hint, `${code} says what to do`).to.be.a("string").and.not.equal("");
  return error;
}
