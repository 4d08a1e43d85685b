import { clusterExecutionsAbi } from "@pleiad/sdk/abi/clusterExecutions";
import { encodeErrorResult } from "viem";
import type { Fault } from "./fault.ts";

/** Simulations say that nothing would be accepted, as if somebody else were always first. */
export const revertingSubmission: Fault = {
  name: "revertingSubmission",
  row: "submission reverts",
  weight: 2,
  lastsMs: [2_000, 6_000],
  async begin(world, { operator }) {
    const data = encodeErrorResult({ abi: clusterExecutionsAbi, errorName: "BatchNothingAccepted" });
    const lifts = operator.endpoints.map(({ inject }) =>
      inject(({ method }) => {
        if (method !== "eth_estimateGas") return undefined;
        world.count("simulations that revert");
        return { kind: "error", code: 3, message: "execution reverted", data };
      }),
    );
    return () => {
      for (const lift of lifts) lift();
    };
  },
};
