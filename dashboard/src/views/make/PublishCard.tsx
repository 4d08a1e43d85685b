import type { Blueprint } from "@pleiad/sdk/blueprint/blueprint";
import type { BlueprintMistake } from "@pleiad/sdk/blueprint/mistake";
import { useState } from "react";
import type { Address } from "viem";
import { useSlug } from "../../api/making.ts";
import { useAct } from "../../parts/acting.tsx";
import { Card, Hash } from "../../parts/basics.tsx";
import { countText, plural, roundedText } from "../../text/amounts.ts";
import { cleanText } from "../../text/clean.ts";
import { FailureNote } from "../../wallet/FailureNote.tsx";
import { Steps } from "../../wallet/Steps.tsx";
import type { Sending } from "../../wallet/sending.ts";
import { type Signer, useFunds } from "../../wallet/signer.ts";
import type { Cost } from "./cost.ts";
import { changeAgent, type EditProps } from "./editing.ts";
import type { Done } from "./Published.tsx";
import { type Planned, publishOne, registerOne, rehearsed, withFee } from "./publishing.ts";
import type { Reading } from "./reading.ts";

/** Of what is wrong so much is said at once: the first is mended first. */
const MISTAKES_SHOWN_MAX = 6;

interface Review {
  /** What it is of: another text wants another look. */
  readonly text: string;
  /** With its fee counted. */
  readonly blueprint: Blueprint;
  readonly plan: readonly Planned[];
}

/** Tries it, shows what will be signed, has it signed, and follows it until it is final. */
export function PublishCard({
  reading,
  signer,
  finalDepth,
  draft,
  edit,
  sending,
  cost,
  onWanted,
  onDone,
}: Pick<EditProps, "draft" | "edit"> & {
  readonly reading: Reading;
  readonly signer: Signer | undefined;
  readonly finalDepth: number;
  /** Somebody wants to go on: what is missing may be said. */
  readonly onWanted: () => void;
  readonly cost: Cost;
  readonly sending: Sending;
  readonly onDone: (done: Done) => void;
}) {
  const { text, blueprint, mistakes } = reading;
  const { data: slug } = useSlug(draft.slug);
  const [isWanted, setWanted] = useState(false);
  const { isMixed, currency } = cost;
  const look = useAct(async (): Promise<Review> => {
    if (blueprint === undefined || signer === undefined) throw new Error("nothing to look at");
    const counted = await withFee(blueprint, signer, currency as Address);
    return { text, blueprint: counted, plan: await rehearsed(counted, signer) };
  });
  const review = look.data?.text === text ? look.data : undefined;
  const isTaken = slug?.slug === draft.slug && slug.cluster !== null && !sending.isBusy;

  function check(): void {
    setWanted(true);
    onWanted();
    sending.forget();
    if (blueprint !== undefined && signer !== undefined && !isTaken && !isMixed) look.mutate(undefined);
  }

  async function publish({ blueprint, plan }: Review): Promise<void> {
    if (signer === undefined) return;
    sending.begin(plan.map(({ title }) => title));
    const ids = new Map<string, bigint>();
    try {
      for (const [at, { agent }] of plan.entries()) {
        if (agent === undefined) {
          const made = await sending.send(signer, at, (client) => publishOne(client, signer, blueprint, ids));
          onDone({ cluster: made.cluster, version: made.version, name: blueprint.name, text });
        } else {
          const made = await sending.send(signer, at, (client) => registerOne(client, signer, agent));
          ids.set(agent.name, made.agent);
          // What is registered stays so: whatever fails after it, it is not registered twice.
          const key = draft.agents.find(({ name, id }) => name === agent.name && id === undefined)?.key;
          if (key !== undefined) edit((before) => changeAgent(before, key, { id: String(made.agent) }));
        }
      }
    } catch {
      // The step says what went wrong; the draft is as it was.
    } finally {
      sending.end();
    }
  }

  return (
    <Card id="publish" title="Publish">
      {isWanted && mistakes.length > 0 && <Missing mistakes={mistakes} />}
      {isTaken && (
        <p className="make-problem" role="status">
          The slug {draft.slug} is taken: choose another.
        </p>
      )}
      {isWanted && isMixed && (
        <p className="make-problem" role="status">
          The tasks' models are paid in different currencies; a version has one.
        </p>
      )}
      {isWanted && signer === undefined && (
        <p className="make-problem" role="status">
          Choose above who signs.
        </p>
      )}
      {!sending.isBusy && (
        <div className="bar-of-actions">
          <button
            type="button"
            className={review === undefined ? "button-chief" : undefined}
            disabled={look.isPending}
            aria-busy={look.isPending}
            onClick={check}
          >
            {review === undefined ? "Try it" : "Try it again"}
          </button>
          <span className="muted">Trying sends nothing.</span>
        </div>
      )}
      {!look.isPending && review === undefined && <FailureNote error={look.error} />}
      {review !== undefined && !sending.isBusy && signer !== undefined && (
        <ReviewOf review={review} signer={signer} onSign={() => void publish(review)} />
      )}
      <Steps steps={sending.steps} signer={signer} finalDepth={finalDepth} />
    </Card>
  );
}

function Missing({ mistakes }: { readonly mistakes: readonly BlueprintMistake[] }) {
  return (
    <div className="why-not" role="alert">
      <p>
        <strong>{mistakes.length === 1 ? "One thing" : `${mistakes.length} things`} to mend first:</strong>
      </p>
      <ul>
        {mistakes.slice(0, MISTAKES_SHOWN_MAX).map(({ path, message }) => (
          <li key={`${path} ${message}`}>
            <code>{cleanText(path)}</code> {cleanText(message)}
          </li>
        ))}
        {mistakes.length > MISTAKES_SHOWN_MAX && <li>and {mistakes.length - MISTAKES_SHOWN_MAX} more</li>}
      </ul>
    </div>
  );
}

function ReviewOf({
  review: { plan },
  signer,
  onSign,
}: {
  readonly review: Review;
  readonly signer: Signer;
  readonly onSign: () => void;
}) {
  const { data: funds } = useFunds(signer);
  const known = plan.reduce((sum, { gas = 0n }) => sum + gas, 0n);
  const isPart = plan.some(({ gas }) => gas === undefined);
  return (
    <div className="make-review">
      <p>
        <strong>You will sign {plural(plan.length, "transaction")}.</strong>{" "}
        <span className="muted">None of them sends money; you pay gas.</span>
      </p>
      <ol className="make-plan">
        {plan.map(({ title, contract, to, gas }) => (
          <li key={title}>
            {cleanText(title)}{" "}
            <span className="muted">
              · {contract} <Hash hex={to} what={`the ${contract}`} /> ·{" "}
              {gas === undefined ? "tried once the agents are registered" : `${countText(gas)} gas`}
            </span>
          </li>
        ))}
      </ol>
      <p className="muted">
        {isPart ? "Those that could be tried" : "All of them"} would succeed now, for {countText(known)} gas
        {funds === undefined ? "" : `, ${roundedText(String(known * funds.gasPriceWei))}`}.
      </p>
      <div className="bar-of-actions">
        <button type="button" className="button-chief" onClick={onSign}>
          {signer.isLocal ? "Publish" : "Sign and publish"}
        </button>
      </div>
    </div>
  );
}
