import { type Budgets as Answered, useBudgets } from "../../api/operate.ts";
import { Answer } from "../../parts/answers.tsx";
import { Amount, Badge, Card, Empty, Facts, Hash, Name, Time } from "../../parts/basics.tsx";
import { Fault } from "../../parts/ErrorWords.tsx";
import { Meter } from "../../parts/Meter.tsx";
import { Link } from "../../router.tsx";
import { countText, microsText, plural } from "../../text/amounts.ts";
import { AgentName } from "./AgentName.tsx";
import { Turns } from "./Turns.tsx";
import "./consent.css";

type Kind = Answered["limits"][number]["kind"];
type Used = Answered["used"][number];

/** What may be spent, how much of it is used, and what was kept from being run. */
export function Budgets() {
  const query = useBudgets();
  return (
    <Answer query={query} what="the budgets">
      {(budgets) => (
        <>
          <h1>Budgets</h1>
          {budgets.stops.length > 0 && <Stops {...budgets} />}
          <Limits {...budgets} />
          <div className="columns">
            <div className="column">
              <UsedOf {...budgets} />
            </div>
            <div className="column">
              <Gas {...budgets} />
            </div>
          </div>
          <Turns />
        </>
      )}
    </Answer>
  );
}

const LIMIT_WORDS: Readonly<Record<Kind, string>> = {
  run: "One run",
  agent: "One agent",
  cluster: "One cluster",
  user: "One user",
  day: "All together, in a day",
};

function Limits({ limits, currency, dayEndsAtMs }: Answered) {
  const hasNone = limits.every(({ limitMicros }) => limitMicros === null);
  return (
    <Card id="limits" title="Limits">
      <dl className="consent-limits">
        {limits.map(({ kind, limitMicros }) => (
          <div key={kind} className="consent-limit">
            <dt className="muted">{LIMIT_WORDS[kind]}</dt>
            <dd>
              <strong>{limitMicros === null ? "no limit" : microsText(limitMicros, currency)}</strong>
              {limitMicros === "0" && <span className="muted">nothing is run</span>}
            </dd>
          </div>
        ))}
      </dl>
      <p className="muted">
        {hasNone
          ? "Nothing is limited: agents use as much as there is. "
          : "An agent whose spawner gave it less has less. "}
        Limits stand under <code>budgets</code> in pleiad.yaml (of a project: team.yaml) and count from the
        next start on. A day is UTC's; this one ends <Time atMs={dayEndsAtMs} />.
      </p>
    </Card>
  );
}

function Stops({ stops, startedAtMs }: Answered) {
  return (
    <Card
      id="stops"
      title="Stopped"
      aside={
        <span className="muted">
          since the daemon's start, <Time atMs={startedAtMs} />
        </span>
      }
    >
      <ul className="rows">
        {stops.map((stop) => (
          <li
            key={`${stop.code} ${stop.kind} ${stop.key} ${stop.agent} ${stop.service}`}
            className="row consent-row"
          >
            <Badge tone="bad">{stop.wasRunning ? "Stopped" : "Not begun"}</Badge>
            <div className="row-text">
              <p>
                <strong>
                  <AgentName agent={stop.agent} cluster={stop.cluster} />
                </strong>
                , with <Name text={stop.service} fallback="a service" />
                {stop.job !== null && (
                  <>
                    , <Link to={{ view: "job", id: stop.job }}>job {stop.job}</Link>
                  </>
                )}
                {stop.count > 1 && `, ${countText(stop.count)} times`}
              </p>
              <Fault code={stop.code} message={stop.message} />
            </div>
            <span className="row-time">
              <Time atMs={stop.atMs} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

const GROUPS: readonly (readonly [Used["kind"], string])[] = [
  ["day", "Days"],
  ["agent", "Agents"],
  ["cluster", "Clusters"],
  ["user", "Users"],
];

function UsedOf({ used, usedLeftOut, currency, day }: Answered) {
  const groups = GROUPS.map(([kind, title]) => [title, used.filter((row) => row.kind === kind)] as const);
  return (
    <Card id="used" title="Used">
      {used.length === 0 && (
        <Empty>
          No agent has used anything yet. Each turn is counted here, by agent, cluster, user and day.
        </Empty>
      )}
      {groups.map(
        ([title, rows]) =>
          rows.length > 0 && (
            <section key={title}>
              <h3>{title}</h3>
              <ul className="rows consent-used">
                {rows.map((row) => (
                  <UsedRow key={row.key} row={row} currency={currency} today={day} />
                ))}
              </ul>
            </section>
          ),
      )}
      {usedLeftOut > 0 && (
        <p className="muted">And {countText(usedLeftOut)} more, further from their limits.</p>
      )}
    </Card>
  );
}

function UsedRow({
  row,
  currency,
  today,
}: {
  readonly row: Used;
  readonly currency: string;
  readonly today: string;
}) {
  const { kind, key, limitMicros, usedMicros, otherMicros, turns, unknownTurns, tokens } = row;
  const share =
    limitMicros === null ? null : limitMicros === "0" ? 1 : Number(usedMicros) / Number(limitMicros);
  const others = Object.entries(otherMicros);
  return (
    <li className="row">
      <span className="row-title">
        {kind === "cluster" ? (
          <Link to={{ view: "cluster", id: key }}>Cluster {key}</Link>
        ) : (
          <UsedName kind={kind} name={kind === "day" && key === today ? `Today, ${key}` : key} />
        )}
      </span>
      <span className="row-text">
        {share === null || limitMicros === null ? (
          <>{microsText(usedMicros, currency)}, no limit</>
        ) : (
          <Meter
            share={share}
            isBad={share >= 1}
            text={`${microsText(usedMicros, currency)} of ${microsText(limitMicros, currency)}, ${percentText(share)}`}
          />
        )}
        <br />
        <span className="muted">
          {plural(turns, "turn")}, {plural(tokens, "token")}
          {others.map(([name, micros]) => `, ${microsText(micros, name)} that count for no budget`).join("")}
        </span>
        {unknownTurns > 0 && (
          <>
            <br />
            <Badge tone="warn">Not all is known</Badge>{" "}
            <span className="muted">of {plural(unknownTurns, "turn")}: more was used than is counted.</span>
          </>
        )}
      </span>
    </li>
  );
}

function UsedName({ kind, name }: { readonly kind: Used["kind"]; readonly name: string }) {
  if (kind === "agent") return <AgentName agent={name} cluster={undefined} />;
  if (kind === "user" && /^0x[0-9a-f]{40}$/i.test(name)) return <Hash hex={name} what="the user" />;
  return <Name text={name} />;
}

function percentText(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

function Gas({ gas }: Answered) {
  if (gas === null)
    return (
      <Card id="gas" title="Gas of this node">
        <Empty>The daemon is starting.</Empty>
      </Card>
    );
  const { spentWei, limitWei, balanceWei, alert } = gas;
  return (
    <Card id="gas" title="Gas of this node" aside={<Link to={{ view: "daemon" }}>This node</Link>}>
      {limitWei !== null && (
        <Meter
          share={limitWei === "0" ? 1 : Number(spentWei) / Number(limitWei)}
          isBad={BigInt(spentWei) >= BigInt(limitWei)}
          text={
            <>
              <Amount wei={spentWei} /> of <Amount wei={limitWei} />
            </>
          }
        />
      )}
      <Facts
        rows={[
          [
            "Spent",
            <span key="spent">
              <Amount wei={spentWei} /> at most, in the chain's last day
            </span>,
          ],
          ["Limit", limitWei === null ? "none" : <Amount key="limit" wei={limitWei} />],
          ["Balance", balanceWei === null ? "not known yet" : <Amount key="balance" wei={balanceWei} />],
        ]}
      />
      {alert !== null && <Fault {...alert} />}
    </Card>
  );
}
