import { type ReactNode, useState } from "react";
import { etherText, roundedText, shortHex } from "../text/amounts.ts";
import { cleanName, cleanText } from "../text/clean.ts";
import { exactText, relativeText } from "../text/times.ts";
import { useNow } from "./clock.ts";

export type Tone = "good" | "busy" | "warn" | "bad" | "calm";

/** A word with a colour and a sign of its own: the colour alone says nothing. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return <span className={`badge badge-${tone}`}>{children}</span>;
}

/** A name that somebody else gave: text, in one line, in its own direction. */
export function Name({
  text,
  fallback = "without a name",
}: {
  readonly text: string;
  readonly fallback?: string;
}) {
  const shown = cleanName(text);
  return shown === "" ? <span className="muted">{fallback}</span> : <bdi className="name">{shown}</bdi>;
}

/** Text of somebody else as it is, lines and all. */
export function Foreign({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard.
    <section className="foreign" tabIndex={0} aria-label={label}>
      <pre dir="auto">{cleanText(text)}</pre>
    </section>
  );
}

/** A time as people say it, and exactly where there is room or a pointer rests on it. */
export function Time({ atMs, isExact = false }: { readonly atMs: number; readonly isExact?: boolean }) {
  const nowMs = useNow();
  const exact = exactText(atMs);
  return (
    <time dateTime={new Date(atMs).toISOString()} title={exact}>
      {relativeText(atMs, nowMs)}
      {isExact && <span className="muted"> · {exact}</span>}
    </time>
  );
}

/** An amount as people read it; all its digits are where a pointer rests on it. */
export function Amount({ wei, currency }: { readonly wei: string; readonly currency?: string | undefined }) {
  const shown = roundedText(wei, currency);
  const exact = etherText(wei, currency);
  return <span title={exact === shown ? undefined : exact}>{shown}</span>;
}

/** Amounts of several currencies. */
export function Amounts({
  all,
}: {
  readonly all: readonly { readonly amount: string; readonly currency: string }[];
}) {
  return all.map(({ amount, currency }, at) => (
    <span key={currency}>
      {at > 0 && ", "}
      <Amount wei={amount} currency={currency} />
    </span>
  ));
}

/** How long a sign of success stays. Milliseconds. */
const COPIED_MS = 1_500;

/** A digest, an address or a transaction: short to look at, whole to copy. */
export function Hash({ hex, what }: { readonly hex: string; readonly what: string }) {
  const [isCopied, setCopied] = useState(false);
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(hex);
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  }
  return (
    <button
      type="button"
      className="hash"
      title={`${hex}: copy`}
      aria-label={`Copy ${what} ${shortHex(hex)}`}
      onClick={() => void copy()}
    >
      {isCopied ? "copied" : shortHex(hex)}
    </button>
  );
}

export function Card({
  title,
  aside,
  children,
  id,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
  readonly id: string;
}) {
  return (
    <section className="card" aria-labelledby={id}>
      <div className="card-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** Nothing is here, and that is what can be done about it. */
export function Empty({ children }: { readonly children: ReactNode }) {
  return <p className="empty">{children}</p>;
}

/** Pairs of what and how much. */
export function Facts({ rows }: { readonly rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A command to type, which is copied by a click. */
export function Command({ line }: { readonly line: string }) {
  const [isCopied, setCopied] = useState(false);
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(line);
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  }
  return (
    <span className="command">
      <code>{line}</code>
      <button type="button" className="quiet" onClick={() => void copy()} aria-label={`Copy ${line}`}>
        {isCopied ? "Copied" : "Copy"}
      </button>
    </span>
  );
}

/** What is opened to be looked at, and costs nothing until then. */
export function Disclosure({
  summary,
  children,
}: {
  readonly summary: string;
  readonly children: () => ReactNode;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{summary}</summary>
      {isOpen && children()}
    </details>
  );
}
