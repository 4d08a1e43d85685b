import type { Backend } from "../../store/backend.ts";

/**
 * A database that several write to, which is opened again after a write that failed: LevelDB may acknowledge later ones and lose
 * them. What was under way meanwhile counts as failed, too.
 *
 * @param onReopened told when it was: what had not been flushed may be gone
 */
export function reopening(backend: Backend, onReopened: () => void = () => {}): Backend {
  let failures = 0;
  /** Why it is to be opened again before the next write. */
  let failure: unknown;
  /** Of the last write that failed. */
  let last: unknown;
  let opening: Promise<void> | undefined;

  async function open(): Promise<void> {
    const seen = failures;
    await backend.reopen();
    if (failures === seen) failure = undefined;
    onReopened();
  }

  return {
    ...backend,
    async write(operations, flush) {
      while (failure !== undefined) {
        opening ??= open().finally(() => {
          opening = undefined;
        });
        await opening;
      }
      const before = failures;
      try {
        await backend.write(operations, flush);
      } catch (error) {
        failures += 1;
        failure = error;
        last = error;
        throw error;
      }
      if (failures !== before) throw last;
    },
  };
}
