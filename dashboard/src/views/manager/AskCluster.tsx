import { useState } from "react";
import { useMe } from "../../api/queries.ts";
import { AskForm, Field } from "./Ask.tsx";
import { numberOf, weiOf } from "./numbers.ts";

interface Need {
  readonly key: number;
  readonly capability: string;
  readonly count: string;
}

/** As many needs as a request may have. */
const NEEDS_MAX = 32;

/** A cluster that is wanted: what for, of whom, and what it may cost. */
export function AskCluster() {
  const { data: me } = useMe();
  const [goal, setGoal] = useState("");
  const [slug, setSlug] = useState("");
  const [needs, setNeeds] = useState<readonly Need[]>([{ key: 0, capability: "", count: "1" }]);
  const [budget, setBudget] = useState("0.01");
  const [price, setPrice] = useState("0.001");
  const [owner, setOwner] = useState(me?.who.user ?? "");
  const total = needs.reduce((sum, { count }) => sum + (numberOf(count) ?? 0), 0);
  const change = (key: number, part: Partial<Need>): void =>
    setNeeds(needs.map((need) => (need.key === key ? { ...need, ...part } : need)));

  return (
    <AskForm
      requestOf={() => {
        const budgetWei = weiOf(budget);
        const priceWeiMax = weiOf(price);
        if (budgetWei === undefined || priceWeiMax === undefined || total < 1) return undefined;
        return {
          kind: "FORMATION",
          goal: goal.trim(),
          slug,
          needs: needs.map(({ capability, count }) => ({
            capability: capability.trim(),
            count: numberOf(count) ?? 1,
          })),
          size: { min: total, max: total },
          budgetWei,
          limits: { priceWeiMax },
          owner: owner.trim(),
        };
      }}
    >
      <Field label="Goal" hint="One sentence: what the cluster is for.">
        {(id, hint) => (
          <textarea
            id={id}
            aria-describedby={hint}
            rows={2}
            required
            value={goal}
            onChange={({ target }) => setGoal(target.value)}
          />
        )}
      </Field>
      <Field label="Slug" hint="Its name on the chain: 3 to 31 of a–z, 0–9 and -.">
        {(id, hint) => (
          <input
            id={id}
            aria-describedby={hint}
            required
            pattern="[a-z0-9\-]{3,31}"
            value={slug}
            onChange={({ target }) => setSlug(target.value)}
          />
        )}
      </Field>
      <fieldset className="field manager-fieldset">
        <legend>Needs, in the order in which they work</legend>
        {needs.map(({ key, capability, count }, at) => (
          <div key={key} className="manager-needs">
            <input
              aria-label={`Capability ${at + 1}`}
              placeholder="writing"
              required
              maxLength={64}
              value={capability}
              onChange={({ target }) => change(key, { capability: target.value })}
            />
            <input
              aria-label={`How many of capability ${at + 1}`}
              type="number"
              min={1}
              max={NEEDS_MAX}
              required
              value={count}
              onChange={({ target }) => change(key, { count: target.value })}
            />
            <button
              type="button"
              className="quiet"
              disabled={needs.length === 1}
              onClick={() => setNeeds(needs.filter((need) => need.key !== key))}
            >
              Less<span className="unseen"> of capability {at + 1}</span>
            </button>
          </div>
        ))}
        <div>
          <button
            type="button"
            className="quiet"
            disabled={needs.length >= NEEDS_MAX}
            onClick={() =>
              setNeeds([
                ...needs,
                { key: Math.max(...needs.map(({ key }) => key)) + 1, capability: "", count: "1" },
              ])
            }
          >
            One more
          </button>
        </div>
      </fieldset>
      <div className="manager-pair">
        <EtherField label="One run, at most" value={budget} onChange={setBudget} />
        <EtherField label="One task, at most" value={price} onChange={setPrice} />
      </div>
      <Field label="Owner" hint="Who will own it: 0x and 40 hex digits.">
        {(id, hint) => (
          <input
            id={id}
            aria-describedby={hint}
            required
            pattern="0x[0-9a-fA-F]{40}"
            value={owner}
            onChange={({ target }) => setOwner(target.value)}
          />
        )}
      </Field>
    </AskForm>
  );
}

/** An amount in ether. */
function EtherField({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <Field label={label} hint="ether">
      {(id, hint) => (
        <input
          id={id}
          aria-describedby={hint}
          inputMode="decimal"
          required
          pattern="\d+(\.\d{1,18})?"
          value={value}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Field>
  );
}
