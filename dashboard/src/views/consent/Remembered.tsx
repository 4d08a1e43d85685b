import { type Remembered, useRevoke } from "../../api/operate.ts";
import { useMe } from "../../api/queries.ts";
import type { ApprovalsAnswer } from "../../api/types.ts";
import { ActButton, useMay, WhyNot } from "../../parts/acting.tsx";
import { Badge, Card, Disclosure, Empty, Foreign, Name, Time } from "../../parts/basics.tsx";
import { cleanName, cleanText } from "../../text/clean.ts";
import { spanText } from "../../text/times.ts";
import { byText } from "./words.ts";

/** Answers that were given for good, which answer the very same by themselves. */
export function RememberedAnswers({ rows }: { readonly rows: readonly Remembered[] }) {
  const revoke = useRevoke();
  const may = useMay();
  return (
    <Card id="remembered" title="Answered for good">
      {rows.length === 0 ? (
        <Empty>
          Nothing yet. An answer “always” to a question is kept here, and answers the very same again.
        </Empty>
      ) : (
        <ul className="rows">
          {rows.map((row) => (
            <li key={row.id} className="row consent-row">
              <Badge tone={row.allow ? "good" : "bad"}>{row.allow ? "Allowed" : "Refused"}</Badge>
              <div className="row-text">
                <p>
                  <Name text={row.agent} fallback="an agent" />: <bdi>{cleanText(row.what)}</bdi>
                </p>
                <p className="muted">
                  {byText(row.by)}, <Time atMs={row.createdAtMs} />
                  {row.untilMs !== undefined && (
                    <>
                      , ends <Time atMs={row.untilMs} />
                    </>
                  )}
                </p>
                {row.input !== undefined && (
                  <Disclosure
                    summary={row.tool === undefined ? "Of what" : `Of what: ${cleanName(row.tool)}`}
                  >
                    {() => <Foreign text={row.input ?? ""} label="What is answered, to the letter" />}
                  </Disclosure>
                )}
              </div>
              <ActButton
                may={may}
                isBusy={revoke.isPending && revoke.variables === row.id}
                onClick={() => revoke.mutate(row.id)}
              >
                Revoke<span className="unseen"> the answer to {cleanName(row.what)}</span>
              </ActButton>
            </li>
          ))}
        </ul>
      )}
      <WhyNot error={revoke.error} />
    </Card>
  );
}

const RULE_WORDS = { allowOnce: "Allow", rejectOnce: "Refuse", ask: "Ask a person" } as const;

/** What the configuration decides before anybody is asked. */
export function ConfiguredRules({ rules }: Pick<ApprovalsAnswer, "rules">) {
  const { data: me } = useMe();
  // To whoever sees one cluster alone they are not told.
  if (me?.who.kind !== "operator" || me.who.cluster !== null) return null;
  return (
    <Card id="rules" title="Rules of the configuration">
      {rules.length === 0 ? (
        <Empty>
          None: whatever is asked is put to a person. To decide by the tool and what it is given, write{" "}
          <code>approvals.rules</code> in <code>pleiad.yaml</code> (of a project: <code>team.yaml</code>).
        </Empty>
      ) : (
        <>
          <p className="muted">The first that fits counts. They stand in pleiad.yaml.</p>
          <ol className="rows">
            {rules.map(({ tool, pattern, answer, forMs }, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two may say the same; they change with a restart alone.
              <li key={at} className="row">
                <span className="muted">{at + 1}</span>
                <span className="row-text">
                  {RULE_WORDS[answer]}: <code>{cleanName(tool)}</code>
                  {pattern !== undefined && (
                    <>
                      {" "}
                      given <code>{cleanName(pattern)}</code>
                    </>
                  )}
                  {forMs !== undefined && `, “always” for ${spanText(forMs / 1_000)}`}
                </span>
              </li>
            ))}
          </ol>
        </>
      )}
    </Card>
  );
}
