import { useTurns } from "../../api/operate.ts";
import type { UsageAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import { Badge, Card, Command, Empty, Name, Time } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { countText, microsText } from "../../text/amounts.ts";
import { AgentName } from "./AgentName.tsx";

type Turn = UsageAnswer["turns"][number];

/** Each turn of an agent, with what it used and what that was computed from. */
export function Turns() {
  const query = useTurns();
  return (
    <Card id="turns" title="Turns" aside={<Command line="pleiad workspace usage" />}>
      <Answer query={query} what="the turns" isPart>
        {({ turns }) =>
          turns.length === 0 ? (
            <Empty>No turn yet. Each time an agent answers, it stands here.</Empty>
          ) : (
            <Table turns={turns} />
          )
        }
      </Answer>
    </Card>
  );
}

function Table({ turns }: { readonly turns: readonly Turn[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard.
    <section className="consent-turns" tabIndex={0} aria-label="Turns, the newest first">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Agent</th>
            <th scope="col">Model</th>
            <th scope="col" className="number">
              Read
            </th>
            <th scope="col" className="number">
              From cache
            </th>
            <th scope="col" className="number">
              Written
            </th>
            <th scope="col" className="number">
              Cost
            </th>
            <th scope="col">Computed from</th>
          </tr>
        </thead>
        <tbody>
          {turns.map((turn) => (
            <Row key={turn.id} turn={turn} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ turn }: { readonly turn: Turn }) {
  const { atMs, agent, service, model, task, charge, isWhole } = turn;
  return (
    <tr>
      <td>
        <Time atMs={atMs} />
      </td>
      <td>
        <AgentName agent={agent} cluster={undefined} />
        {task !== undefined && (
          <>
            <br />
            <Link to={{ view: "job", id: `${task.execution}.${task.index}` }}>
              job {task.execution}.{task.index}
            </Link>
          </>
        )}
      </td>
      <td>
        <Name text={model ?? ""} fallback="not told" />
        <br />
        <span className="muted">
          <Name text={service} />
        </span>
      </td>
      <td className="number">{tokensText(turn.inputTokens)}</td>
      <td className="number">{tokensText(turn.cachedTokens)}</td>
      <td className="number">{tokensText(turn.outputTokens)}</td>
      <td className="number">
        {charge === undefined ? "not known" : microsText(charge.micros, charge.currency)}
        {!isWhole && (
          <>
            <br />
            <Badge tone="warn">at least</Badge>
          </>
        )}
      </td>
      <td className="muted">{pricesText(turn)}</td>
    </tr>
  );
}

function tokensText(tokens: number | undefined): string {
  return tokens === undefined ? "not told" : countText(tokens);
}

function pricesText({ prices, reportedMicros }: Turn): string {
  const reported =
    reportedMicros === undefined ? "" : `its provider says ${microsText(reportedMicros, "USD")}`;
  if (prices === undefined) return reported === "" ? "no prices of the service" : reported;
  const { currency, inputMicrosPerMillion, cachedMicrosPerMillion, outputMicrosPerMillion } = prices;
  const amounts = [inputMicrosPerMillion, cachedMicrosPerMillion, outputMicrosPerMillion];
  const text = `${amounts.map((micros) => microsText(micros, "").trim()).join(" / ")} ${currency} per million tokens`;
  return reported === "" ? text : `${text}; ${reported}`;
}
