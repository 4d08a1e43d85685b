import type { WriteClient } from "@pleiad/sdk/types/client";
import type { Sent } from "@pleiad/sdk/types/sent";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Hex } from "viem";
import type { Signer } from "./signer.ts";

/** One transaction on its way. */
export interface Step {
  readonly title: string;
  readonly state: "waiting" | "trying" | "asking" | "sent" | "mined" | "failed";
  readonly hash?: Hex;
  readonly blockNumber?: bigint;
  readonly gasUsed?: bigint;
  readonly error?: unknown;
}

export interface Sending {
  readonly steps: readonly Step[];
  readonly isBusy: boolean;
  /** Begins with what is to be sent, all of it waiting. */
  begin(titles: readonly string[]): void;
  /** Sends one of them, and waits until it is mined. @throws what the action throws, after it was noted */
  send<Result extends Sent>(
    signer: Signer,
    at: number,
    act: (client: WriteClient) => Promise<Result>,
  ): Promise<Result>;
  /** The last has been mined, or one has failed. */
  end(): void;
  forget(): void;
}

/** Follows transactions from the wallet's question until they are mined. */
export function useSending(): Sending {
  const queries = useQueryClient();
  const [steps, setSteps] = useState<readonly Step[]>([]);
  const [isBusy, setBusy] = useState(false);
  const change = (at: number, to: Partial<Step>) =>
    setSteps((before) => before.map((step, index) => (index === at ? { ...step, ...to } : step)));
  return {
    steps,
    isBusy,
    begin(titles) {
      setBusy(true);
      setSteps(titles.map((title) => ({ title, state: "waiting" })));
    },
    async send(signer, at, act) {
      change(at, { state: "trying" });
      try {
        const result = await signer.send(act, {
          onAsked: () => change(at, { state: "asking" }),
          onSent: (hash) => change(at, { state: "sent", hash }),
        });
        const { hash, blockNumber, gasUsed } = result;
        change(at, { state: "mined", hash, blockNumber, gasUsed });
        return result;
      } catch (error) {
        change(at, { state: "failed", error });
        throw error;
      } finally {
        void queries.invalidateQueries({ queryKey: ["funds"] });
      }
    },
    end() {
      setBusy(false);
    },
    forget() {
      setSteps([]);
    },
  };
}
