import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";

/** A folder that the test removes: `await using folder = await temporaryFolder()`. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "pleiad-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Awaits the expected failure of `promise` and answers it. */
export async function failure(promise: Promise<unknown>, code: string): Promise<PleiadError> {
  const error = await promise.then(
    (value) => expect.fail(`expected ${code}, got ${String(value)}`),
    (reason: unknown) => reason,
  );
  return requireCode(error, code);
}

/** The expected failure of a call. */
export function failureOf(call: () => unknown, code: string): PleiadError {
  try {
    call();
  } catch (error) {
    return requireCode(error, code);
  }
  return expect.fail(`expected ${code}`);
}

function requireCode(error: unknown, code: string): PleiadError {
  if (!(error instanceof PleiadError)) throw error;
  expect(error.code, error.message).to.equal(code);
  return error;
}
