import type { Blueprint } from "@pleiad/sdk/blueprint/blueprint";
import { Badge, Card, Disclosure, Facts } from "../../parts/basics.tsx";
import { countText, roundedText, tokenText } from "../../text/amounts.ts";
import { cleanName } from "../../text/clean.ts";
import type { Signer } from "../../wallet/signer.ts";
import { useFunds } from "../../wallet/signer.ts";
import { useToken } from "../../wallet/token.ts";
import { type Cost, publishGas } from "./cost.ts";
import type { EditProps } from "./editing.ts";
import { AreaField, TextField } from "./fields.tsx";

/** More are shown on demand, so that what is signed stays in sight. */
const TASKS_LISTED_MAX = 4;

/** What a run costs, and what publishing does, as it is now. */
export function CostCard({
  cost,
  blueprint,
  signer,
}: {
  readonly cost: Cost;
  readonly blueprint: Blueprint | undefined;
  readonly signer: Signer | undefined;
}) {
  const { data: funds } = useFunds(signer);
  const gas = blueprint === undefined ? undefined : publishGas(blueprint);
  const { currency } = cost;
  const token = useToken(signer, currency);
  const amount = (units: string) => tokenText(units, currency, token);
  const rows = cost.tasks.map(
    ({ key, name, priceWei }) =>
      [
        cleanName(name, 40) || "a task",
        <span key={key}>{priceWei === undefined ? "not known yet" : amount(String(priceWei))}</span>,
      ] as const,
  );
  return (
    <Card id="cost" title="What it costs">
      {cost.tasks.length > TASKS_LISTED_MAX ? (
        <Disclosure summary={`Its ${cost.tasks.length} tasks, one by one`}>
          {() => <Facts rows={rows} />}
        </Disclosure>
      ) : (
        <Facts rows={rows} />
      )}
      <Facts
        rows={[
          ["Your fee", cost.feeWei === undefined ? "not known yet" : amount(String(cost.feeWei))],
          [
            "A run, in all",
            <strong key="total">
              {cost.totalWei === undefined ? "not known yet" : amount(String(cost.totalWei))}
            </strong>,
          ],
        ]}
      />
      {cost.isMixed && (
        <p className="make-problem" role="status">
          <Badge tone="bad">Two currencies</Badge> The tasks' models are paid in different currencies; a
          version has one.
        </p>
      )}
      <p className="muted">
        {gas === undefined
          ? "What publishing takes is said once everything is filled in."
          : `Publishing takes about ${countText(gas)} gas${
              funds === undefined ? "" : `, now ${roundedText(String(gas * funds.gasPriceWei))}`
            }, once. Prices are pinned then: a run costs the same for ever.`}
      </p>
    </Card>
  );
}

/** What a version pins besides its tasks. */
export function TermsCard({ draft, edit, problemAt }: EditProps) {
  const { fee, windowSeconds, attempts, inputs } = draft;
  const inputProblem = inputs.map((name, index) => problemAt(`inputs[${index}]`, name)).find(Boolean);
  return (
    <Card id="terms" title="Terms">
      <div className="make-two">
        <TextField
          label="Your fee for each run"
          value={fee}
          hint="With its unit, as 0.0001 ether; for runs that succeed."
          problem={problemAt("fee", fee)}
          onChange={(value) => edit((before) => ({ ...before, fee: value }))}
        />
        <TextField
          label="Window, seconds"
          value={windowSeconds}
          inputMode="numeric"
          hint="After so long without an answer the next node may step in."
          problem={problemAt("windowSeconds", windowSeconds)}
          onChange={(value) => edit((before) => ({ ...before, windowSeconds: value }))}
        />
        <TextField
          label="Attempts, 1 to 8"
          value={attempts}
          inputMode="numeric"
          hint="After so many nodes could not answer, a task has failed."
          problem={problemAt("attempts", attempts)}
          onChange={(value) => edit((before) => ({ ...before, attempts: value }))}
        />
        <AreaField
          label="Variables of an input, one a line"
          rows={2}
          value={inputs.join("\n")}
          hint="Empty: an input is one text."
          problem={inputProblem ?? problemAt("inputs", inputs.join(""))}
          onChange={(value) =>
            edit((before) => ({ ...before, inputs: value === "" ? [] : value.split("\n") }))
          }
        />
      </div>
    </Card>
  );
}
