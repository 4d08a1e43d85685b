import { PleiadError } from "@pleiad/sdk/errors";

/** The expected failure of a task as a value, so that only what may fail stands in it. */
export async function attempted<T>(task: () => T | Promise<T>): Promise<T | PleiadError> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof PleiadError) return error;
    throw error;
  }
}
