import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiFailure } from "../api/client.ts";
import { Link } from "../router.tsx";
import { Command } from "./basics.tsx";

/** What an answer brings, or why there is none and what to do. What was read last stays while it is read anew. */
export function Answer<Data>({
  query,
  what,
  isPart = false,
  keepsGone = false,
  children,
}: {
  readonly query: UseQueryResult<Data, Error>;
  /** What is read, for whoever waits: `the overview`. */
  readonly what: string;
  /** Whether it is a part of a view, which has its own heading. @default the whole of it */
  readonly isPart?: boolean;
  /** Whether what was read last stays where there is no such thing any more: its view says so itself. @default no */
  readonly keepsGone?: boolean;
  readonly children: (data: Data) => ReactNode;
}) {
  const { data, error } = query;
  // What the chain has no more is not shown as if it had it; whatever else fails, what was read last stays.
  if (data !== undefined && (keepsGone || !isGone(error))) return children(data);
  if (error !== null)
    return <Failed error={error} what={what} isPart={isPart} onAgain={() => void query.refetch()} />;
  return <Loading what={what} />;
}

/** Says what is waited for, once it is worth a word: the style shows it late. */
export function Loading({ what }: { readonly what: string }) {
  return (
    <p className="loading" role="status">
      Reading {what} from the daemon…
    </p>
  );
}

function Failed({
  error,
  what,
  isPart,
  onAgain,
}: {
  readonly error: Error;
  readonly what: string;
  readonly isPart: boolean;
  readonly onAgain: () => void;
}) {
  const failure = error instanceof ApiFailure ? error : undefined;
  return (
    <section className={isPart ? "calm calm-part" : "calm"} role="alert">
      {isPart ? <h3>{titleOf(failure, what)}</h3> : <h1>{titleOf(failure, what)}</h1>}
      <p className="sentence">{error.message}</p>
      {failure?.hint !== undefined && <p className="muted sentence">{failure.hint}</p>}
      <p className="bar-of-actions">
        {failure?.code === "ROLE_NOT_OPERATORS" ? (
          <Link to={{ view: "clusters" }}>See the chain's clusters instead</Link>
        ) : (
          <button type="button" onClick={onAgain}>
            Try again
          </button>
        )}
        {!isPart && isGone(error) && <Link to={{ view: "overview" }}>To the overview</Link>}
      </p>
      {failure?.kind === "refused" && /^[A-Z_]+$/.test(failure.code) && (
        <p className="muted">
          More about it: <Command line={`pleiad explain ${failure.code}`} />
        </p>
      )}
    </section>
  );
}

function isGone(error: Error | null): boolean {
  return error instanceof ApiFailure && error.kind === "refused" && /_(UNKNOWN|TAKEN_BACK)$/.test(error.code);
}

function titleOf(failure: ApiFailure | undefined, what: string): string {
  if (failure?.kind === "gone") return "The daemon does not answer";
  if (failure?.code === "API_STARTING") return "The daemon is starting";
  if (failure?.code.endsWith("_TAKEN_BACK") === true) return "The chain took it back";
  if (failure?.code.endsWith("_UNKNOWN") === true) return "That is not here";
  if (failure?.code === "ROLE_NOT_OPERATORS") return "That is for the operator";
  return `Cannot read ${what}`;
}
