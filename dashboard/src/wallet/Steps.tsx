import { useQuery } from "@tanstack/react-query";
import { TransactionReceiptNotFoundError } from "viem";
import { getTransactionReceipt } from "viem/actions";
import { useOverview } from "../api/queries.ts";
import { Badge, Hash, type Tone } from "../parts/basics.tsx";
import { countText } from "../text/amounts.ts";
import { FailureNote } from "./FailureNote.tsx";
import type { Step } from "./sending.ts";
import type { Signer } from "./signer.ts";

const WORDS: Readonly<Record<Step["state"], readonly [Tone, string]>> = {
  waiting: ["calm", "Waits for those before"],
  trying: ["busy", "Being tried"],
  asking: ["busy", "Sign it in the wallet"],
  sent: ["busy", "Sent, not mined yet"],
  mined: ["good", "Mined"],
  failed: ["bad", "Not done"],
};

const CLASSES: Readonly<Record<Step["state"], string>> = {
  waiting: "step",
  trying: "step step-now",
  asking: "step step-now",
  sent: "step step-now",
  mined: "step step-done",
  failed: "step step-failed",
};

/** Transactions on their way, each from the wallet to the depth from which nothing takes it away. */
export function Steps({
  steps,
  signer,
  finalDepth,
}: {
  readonly steps: readonly Step[];
  readonly signer: Signer | undefined;
  readonly finalDepth: number;
}) {
  if (steps.length === 0) return null;
  return (
    <ol className="steps" aria-label="Transactions" aria-live="polite">
      {steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they neither move nor go.
        <li key={index} className={CLASSES[step.state]}>
          <div className="step-head">
            <strong>{step.title}</strong>
            <StepBadge step={step} signer={signer} finalDepth={finalDepth} />
          </div>
          {step.hash !== undefined && (
            <p className="muted">
              <Hash hex={step.hash} what="the transaction" />
              {step.blockNumber !== undefined && ` in block ${countText(step.blockNumber)}`}
              {step.gasUsed !== undefined && `, ${countText(step.gasUsed)} gas`}
            </p>
          )}
          <FailureNote error={step.error} />
        </li>
      ))}
    </ol>
  );
}

function StepBadge({
  step,
  signer,
  finalDepth,
}: {
  readonly step: Step;
  readonly signer: Signer | undefined;
  readonly finalDepth: number;
}) {
  const finality = useFinality(step, signer, finalDepth);
  if (finality === "final") return <Badge tone="good">Final</Badge>;
  if (finality === "gone") return <Badge tone="bad">Taken out by a reorganisation</Badge>;
  const [tone, word] = WORDS[step.state];
  return <Badge tone={tone}>{word}</Badge>;
}

/** At the depth that this daemon takes for final the receipt is fetched again: a reorganisation may have taken it. */
function useFinality(
  { hash, blockNumber }: Step,
  signer: Signer | undefined,
  finalDepth: number,
): "final" | "gone" | undefined {
  const { data: overview } = useOverview();
  const head = overview?.chain.head?.number;
  const isDeep =
    head !== undefined && blockNumber !== undefined && BigInt(head) >= blockNumber + BigInt(finalDepth);
  const { data } = useQuery({
    queryKey: ["wallet", "final", hash],
    enabled: isDeep && hash !== undefined && signer !== undefined,
    queryFn: async () => {
      try {
        await getTransactionReceipt((signer as Signer).client, { hash: hash ?? "0x" });
        return { isThere: true };
      } catch (error) {
        if (error instanceof TransactionReceiptNotFoundError) return { isThere: false };
        throw error;
      }
    },
  });
  if (data === undefined) return undefined;
  return data.isThere ? "final" : "gone";
}
