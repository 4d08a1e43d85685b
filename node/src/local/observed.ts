import { PleiadError } from "@pleiad/sdk/errors";
import type { Clock } from "../chain/clock.ts";
import { hasCode } from "../chain/errors.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { Signer } from "../chain/signer.ts";
import type { Metrics } from "./daemonMetrics.ts";

/** What the last signatures say of a signer. */
export interface SignerView {
  /** Something else was signed than what was asked for, and nothing right since. */
  readonly lied: boolean;
}

/** A signer whose signatures are counted; behaves like the one it was given. */
export function observeSigner(
  signer: Signer,
  modules: { readonly metrics: Metrics; readonly clock: Clock },
): { readonly signer: Signer; readonly view: () => SignerView } {
  const { metrics, clock } = modules;
  let lied = false;

  async function counted<T>(sign: () => Promise<T>): Promise<T> {
    const fromMs = clock.monotonicMs();
    try {
      const signature = await sign();
      lied = false;
      metrics.add("pleiad_signatures_total", { outcome: "signed" });
      metrics.observe("pleiad_signature_seconds", (clock.monotonicMs() - fromMs) / 1_000);
      return signature;
    } catch (error) {
      const isLie = hasCode(error, "SIGNER_MISMATCH");
      if (isLie) lied = true;
      metrics.add("pleiad_signatures_total", { outcome: isLie ? "lied" : "failed" });
      throw error;
    }
  }

  return {
    view: () => ({ lied }),
    signer: Object.freeze<Signer>({
      ...signer,
      signTypedData: (definition) => counted(() => signer.signTypedData(definition)),
      signTransaction: (transaction) => counted(() => signer.signTransaction(transaction)),
    }),
  };
}

/** A chain whose questions are counted; behaves like the one it was given. */
export function observeRpc(rpc: Rpc, modules: { readonly metrics: Metrics; readonly clock: Clock }): Rpc {
  const { metrics, clock } = modules;

  function counted(method: string, ask: (...args: readonly unknown[]) => unknown) {
    return (...args: readonly unknown[]) => {
      const fromMs = clock.monotonicMs();
      const answer = ask(...args);
      // What is known without asking anybody is no question.
      if (!(answer instanceof Promise)) return answer;
      const note = (outcome: string): void => {
        metrics.add("pleiad_rpc_requests_total", { method, outcome });
        metrics.observe("pleiad_rpc_request_seconds", (clock.monotonicMs() - fromMs) / 1_000, { method });
      };
      answer.then(
        () => note("ok"),
        // A revert is an answer.
        (error: unknown) =>
          note(hasCode(error, "RPC_REVERTED") ? "ok" : error instanceof PleiadError ? error.code : "BUG"),
      );
      return answer;
    };
  }

  const questions = Object.entries(rpc).map(([method, value]) => {
    const isQuestion = typeof value === "function" && method !== "withSignal";
    return [method, isQuestion ? counted(method, value) : value] as const;
  });
  return {
    ...(Object.fromEntries(questions) as unknown as Rpc),
    withSignal: (signal) => observeRpc(rpc.withSignal(signal), modules),
  };
}
