import { useMutation } from "@tanstack/react-query";
import { receiptFile, verify } from "../../api/chain.ts";
import type { ExecutionAnswer, VerificationAnswer } from "../../api/types.ts";
import { ActButton, WhyNot } from "../../parts/acting.tsx";
import { Badge, Card, Command, Empty, Facts, Hash, Time } from "../../parts/basics.tsx";
import { plural, shortHex } from "../../text/amounts.ts";
import { cleanText } from "../../text/clean.ts";
import { useMayAsOperator } from "./pieces.tsx";

/** What proves the response: the receipt to keep, the daemon's own checks, and how to need neither. */
export function ExecutionVerify({ execution }: { readonly execution: ExecutionAnswer }) {
  const { execution: id, state, responseDigest, runDigest } = execution;
  if (state !== "Succeeded")
    return (
      <Card id="verify" title="Verify">
        <Empty>
          {state === "Running"
            ? "There is a response to verify once all tasks are answered."
            : "It ended without a response, so there is nothing to verify."}{" "}
          Its story: <Command line={`pleiad execution show ${id} --why`} />
        </Empty>
      </Card>
    );
  return (
    <Card id="verify" title="Verify">
      <Facts
        rows={[
          [
            "Response",
            responseDigest === null ? (
              "none"
            ) : (
              <Hash key="response" hex={responseDigest} what="the response's digest" />
            ),
          ],
          [
            "All outputs",
            runDigest === null ? "none" : <Hash key="run" hex={runDigest} what="the run's digest" />,
          ],
        ]}
      />
      <Checks id={id} />
      <p className="muted">
        You need not take the daemon's word. A receipt proves the response against any endpoint of the chain,
        now or in years:
      </p>
      <p>
        <Command line={`pleiad execution receipt ${id} -o receipt-${id}.json`} />
      </p>
      <p>
        <Command line={`pleiad verify receipt-${id}.json --rpc URL`} />
      </p>
    </Card>
  );
}

function Checks({ id }: { readonly id: string }) {
  const may = useMayAsOperator();
  const checking = useMutation({ mutationFn: () => verify(id), networkMode: "always" });
  const fetching = useMutation({
    mutationFn: () => receiptFile(id),
    networkMode: "always",
    onSuccess: (file) => saveFile(file, `receipt-${id}.json`),
  });
  return (
    <>
      <div className="bar-of-actions">
        <ActButton may={may} kind="chief" isBusy={checking.isPending} onClick={() => checking.mutate()}>
          {checking.isPending ? "Verifying…" : "Verify now"}
        </ActButton>
        <ActButton may={may} isBusy={fetching.isPending} onClick={() => fetching.mutate()}>
          Download the receipt
        </ActButton>
      </div>
      <WhyNot error={checking.error ?? fetching.error} />
      <div role="status">{checking.data !== undefined && <Outcome answer={checking.data} />}</div>
    </>
  );
}

const OUTCOMES = {
  passed: { tone: "good", word: "ok" },
  failed: { tone: "bad", word: "wrong" },
  skipped: { tone: "calm", word: "not checked" },
} as const;

function Outcome({ answer }: { readonly answer: VerificationAnswer }) {
  const { verified, checks, outputsMissing, checkedAtMs } = answer;
  return (
    <div className="chain-checks">
      <p>
        <Badge tone={verified ? "good" : "bad"}>{verified ? "Verified" : "Not verified"}</Badge>{" "}
        <span className="muted">
          by this daemon, against its own endpoints and contracts, <Time atMs={checkedAtMs} />
        </span>
      </p>
      <ul className="rows">
        {checks.map(({ name, outcome, text }) => (
          <li key={name} className="chain-check">
            <p className="chain-check-name">
              {name} <Badge tone={OUTCOMES[outcome].tone}>{OUTCOMES[outcome].word}</Badge>
            </p>
            <p className="muted">
              <bdi>{shortened(cleanText(text))}</bdi>
            </p>
          </li>
        ))}
      </ul>
      {outputsMissing.length > 0 && (
        <p className="muted">
          The bytes of {plural(outputsMissing.length, "output")} were not to be had: the receipt holds their
          digests alone.
        </p>
      )}
    </div>
  );
}

/** Digests as they are shown everywhere: whole ones are in the receipt. */
function shortened(text: string): string {
  return text.replace(/0x[0-9a-f]{64}/g, shortHex);
}

/** Has the browser keep a file: it is never opened in the page. */
function saveFile(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has read it by the next task.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}
