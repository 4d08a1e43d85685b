import type { VersionAnswer } from "../../api/types.ts";
import { Badge, Empty, Name } from "../../parts/basics.tsx";
import { plural } from "../../text/amounts.ts";
import { cleanName, cleanText } from "../../text/clean.ts";
import { diffLines, partsOf } from "./lineDiff.ts";
import { type Difference, diffVersions, type ThingChange } from "./versionDiff.ts";

/** What changed from one version to another; without an earlier one, what it says. */
export function VersionChanges({
  before,
  after,
}: {
  readonly before: VersionAnswer | undefined;
  readonly after: VersionAnswer;
}) {
  const { itself, agents, tasks, isSame } = diffVersions(before ?? nothingOf(after), after);
  if (isSame) return <Empty>Nothing: both say the same.</Empty>;
  return (
    <>
      {before === undefined && (
        <p className="muted">There is no earlier version to compare it with, so this is all that it says.</p>
      )}
      <Differences rows={itself} />
      <Changes title="Tasks" changes={tasks} />
      <Changes title="Agents" changes={agents} />
    </>
  );
}

function nothingOf(version: VersionAnswer): VersionAnswer {
  return { ...version, name: "", slug: "", description: "", agents: [], tasks: [] };
}

const KINDS = {
  added: { tone: "good", word: "added" },
  removed: { tone: "bad", word: "removed" },
  changed: { tone: "warn", word: "changed" },
} as const;

function Changes({ title, changes }: { readonly title: string; readonly changes: readonly ThingChange[] }) {
  if (changes.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {changes.map(({ name, kind, differences }) => (
        <article
          key={`${kind} ${name}`}
          className="task"
          aria-label={`${KINDS[kind].word}: ${cleanName(name)}`}
        >
          <p>
            <strong>
              <Name text={name} />
            </strong>{" "}
            <Badge tone={KINDS[kind].tone}>{KINDS[kind].word}</Badge>
          </p>
          <Differences rows={differences} />
        </article>
      ))}
    </section>
  );
}

function Differences({ rows }: { readonly rows: readonly Difference[] }) {
  if (rows.length === 0) return null;
  return (
    <dl className="chain-differences">
      {rows.map((row) => (
        <div key={row.what}>
          <dt>{row.what}</dt>
          <dd>{row.isText ? <TextDiff difference={row} /> : <ShortDiff difference={row} />}</dd>
        </div>
      ))}
    </dl>
  );
}

function ShortDiff({ difference: { before, after } }: { readonly difference: Difference }) {
  return (
    <>
      {before !== "" && (
        <del>
          <bdi>{cleanName(before)}</bdi>
        </del>
      )}{" "}
      {after !== "" && (
        <ins>
          <bdi>{cleanName(after)}</bdi>
        </ins>
      )}
    </>
  );
}

const SIGNS = { same: " ", removed: "−", added: "+" } as const;
const WORDS = { same: "", removed: "removed: ", added: "added: " } as const;

/** Lines with their signs, so that no colour alone says which is which. */
function TextDiff({ difference: { what, before, after } }: { readonly difference: Difference }) {
  const { lines, isCoarse } = diffLines(cleanText(before), cleanText(after));
  // What has nothing on the other side has no empty line there.
  const shown = lines.filter(({ kind, text }) => text !== "" || (kind === "removed" ? before : after) !== "");
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard.
    <section className="foreign chain-diff" tabIndex={0} aria-label={`What changed in ${what.toLowerCase()}`}>
      {partsOf(shown).map((part, index) =>
        part.kind === "gap" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have nothing but their order.
          <p key={index} className="chain-gap">
            {plural(part.count, "line")} the same
          </p>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have nothing but their order.
          <div key={index}>
            {part.lines.map(({ kind, text }, line) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have nothing but their order.
              <p key={line} className={`chain-line chain-line-${kind}`} dir="auto">
                <span aria-hidden="true">{SIGNS[kind]}</span>
                <span className="unseen">{WORDS[kind]}</span>
                {text}
              </p>
            ))}
          </div>
        ),
      )}
      {isCoarse && (
        <p className="chain-gap">Too long to compare line by line: the old text, then the new one.</p>
      )}
    </section>
  );
}
