/** Which programs have asked for the tools of this node: a helper's first prompt waits until its own has. */
export interface ToolCalls {
  /** From now on it is noted when the one with this token asks. Forgets that it did before. */
  expect(token: string): void;
  /** The one whose token this is asked what tools there are. */
  asked(token: string): void;
  /** Settles once it has asked since `expect`; rejects with the signal's reason. */
  untilAsked(token: string, signal: AbortSignal): Promise<void>;
  /** Its program is gone. */
  forget(token: string): void;
}

export function createToolCalls(): ToolCalls {
  /** Of those that are expected alone, so that nobody else's tokens pile up here. */
  const expected = new Map<string, PromiseWithResolvers<void>>();

  return {
    expect: (token) => void expected.set(token, Promise.withResolvers()),
    asked: (token) => expected.get(token)?.resolve(),
    async untilAsked(token, signal) {
      const asked = expected.get(token);
      if (asked === undefined) throw new Error("nobody expects that token");
      signal.throwIfAborted();
      const stopped = Promise.withResolvers<never>();
      const stop = () => stopped.reject(signal.reason);
      signal.addEventListener("abort", stop, { once: true });
      try {
        await Promise.race([asked.promise, stopped.promise]);
      } finally {
        signal.removeEventListener("abort", stop);
      }
    },
    forget: (token) => void expected.delete(token),
  };
}
