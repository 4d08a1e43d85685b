import { type ReactNode, useId, useState } from "react";
import { type ManagerRequest, type ManagerState, useRequest } from "../../api/operate.ts";
import { ActButton, useMay, WhyNot } from "../../parts/acting.tsx";
import { Card } from "../../parts/basics.tsx";
import { goTo } from "../../router.tsx";
import { AskCluster } from "./AskCluster.tsx";
import { AskPlaces, AskToTell } from "./AskOfCluster.tsx";

const KINDS = [
  ["FORMATION", "formation", "Form a cluster"],
  ["COMMUNICATION", "communication", "Tell its members"],
  ["SCALING", "scaling", "Places"],
] as const;

/** Asks the manager for something: it answers with a plan, which is shown. */
export function Ask({
  capabilities,
  clusters,
}: {
  readonly capabilities: readonly string[];
  readonly clusters: ManagerState["clusters"];
}) {
  const [kind, setKind] = useState<ManagerRequest["kind"]>("FORMATION");
  const name = useId();
  const isFor = (capability: string): boolean => capabilities.includes(capability);
  const chosen = KINDS.find(([one]) => one === kind) ?? KINDS[0];
  return (
    <Card id="ask" title="Ask for something">
      <fieldset className="manager-choice">
        <legend className="unseen">What for</legend>
        {KINDS.map(([one, , words]) => (
          <label key={one}>
            <input type="radio" name={name} checked={kind === one} onChange={() => setKind(one)} />
            {words}
          </label>
        ))}
      </fieldset>
      {!isFor(chosen[1]) ? (
        <p className="muted">
          This manager is not for that: name <code>{chosen[1]}</code> among the <code>capabilities</code> of
          its file.
        </p>
      ) : kind === "FORMATION" ? (
        <AskCluster />
      ) : kind === "COMMUNICATION" ? (
        <AskToTell clusters={clusters} />
      ) : (
        <AskPlaces clusters={clusters} />
      )}
    </Card>
  );
}

/** A form whose request is sent when it is whole; its plan is gone to. @param requestOf undefined: something is still wrong */
export function AskForm({
  requestOf,
  children,
}: {
  readonly requestOf: () => ManagerRequest | undefined;
  readonly children: ReactNode;
}) {
  const ask = useRequest(({ id }) => goTo({ view: "plan", id }));
  const may = useMay();
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        const request = requestOf();
        if (request !== undefined) ask.mutate(request);
      }}
    >
      {children}
      <ActButton may={may} kind="chief" type="submit" isBusy={ask.isPending}>
        Ask for a plan
      </ActButton>
      <WhyNot error={ask.error} />
    </form>
  );
}

/** A field with its name, and what is to be said of it. */
export function Field({
  label,
  hint,
  children,
}: {
  readonly label: string;
  readonly hint?: string;
  readonly children: (id: string, hintId: string | undefined) => ReactNode;
}) {
  const id = useId();
  const hintId = `${id}-hint`;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id, hint === undefined ? undefined : hintId)}
      {hint !== undefined && (
        <span id={hintId} className="muted">
          {hint}
        </span>
      )}
    </div>
  );
}
