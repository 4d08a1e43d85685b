import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useMe } from "../../api/queries.ts";
import type { ChainFeedbackAnswer } from "../../api/types.ts";
import type { May } from "../../parts/acting.tsx";
import { Link, type Place, usePlace, useSearch } from "../../router.tsx";
import { plural } from "../../text/amounts.ts";
import "./chain.css";

/** Small things that several of the chain's views show. */

/** Parts of a view to choose from; the choice is in the address. What was searched for is left behind. */
export function Choices({
  label,
  name,
  chosen,
  of,
}: {
  readonly label: string;
  readonly name: string;
  readonly chosen: string;
  readonly of: readonly (readonly [value: string, text: string])[];
}) {
  const place = usePlace();
  const [q] = useSearch("q");
  return (
    <nav className="chain-choices" aria-label={label}>
      {of.map(([value, text]) => (
        <Link key={value} to={place} search={{ [name]: value, q }} isCurrent={value === chosen}>
          {text}
        </Link>
      ))}
    </nav>
  );
}

/** A row of a list whose cells stand below one another on a narrow screen. */
export function Row({
  to,
  title,
  children,
}: {
  readonly to: Place;
  readonly title: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <li className="row">
      <Link to={to} className="row-title">
        {title}
      </Link>
      {children}
    </li>
  );
}

/** Whether the token is the operator's, of any role: bytes that are not on the chain are told to nobody else. */
export function useMayAsOperator(): May {
  const { data } = useMe();
  if (data === undefined) return { may: false, whyNot: "The daemon has not said yet what this token may." };
  const isOperators = data.who.kind === "operator" && data.who.cluster === null;
  return {
    may: isOperators,
    whyNot: isOperators ? undefined : "This is for the operator's tokens: pleiad dashboard",
  };
}

type Feedback = ChainFeedbackAnswer["feedback"][number];

/** What requesters of paid runs said. */
export function feedbackText(
  { data: answer, error }: Pick<UseQueryResult<ChainFeedbackAnswer, Error>, "data" | "error">,
  id: string,
): string {
  if (answer === undefined) return error === null ? "being read" : "not known now";
  if (answer.error !== null) return "not known now";
  if (!answer.isKept) return "no feedback is kept here";
  const found = answer.feedback.find((one: Feedback) => one.id === id);
  if (found === undefined || found.mean === null) return "nobody rated it yet";
  return `${found.mean} of 100, ${plural(found.count, "rating")}`;
}
