import { useId } from "react";
import type { Party } from "../../api/words.ts";
import { Author } from "../../parts/Author.tsx";
import { Card, Time } from "../../parts/basics.tsx";
import { useSearch } from "../../router.tsx";
import { shortHex } from "../../text/amounts.ts";
import { cleanName } from "../../text/clean.ts";
import { exactText } from "../../text/times.ts";
import { Diff } from "./Diff.tsx";

/** One version of a text that people and agents write over. */
export interface TextVersion {
  readonly version: string;
  /** null where it was deleted. */
  readonly text: string | null;
  readonly writer: Party;
  readonly writtenAtMs: number;
}

/** Who wrote what when, newest first, and what changed between any two. */
export function History({
  versions,
  isWhole,
  more,
  onTake,
}: {
  readonly versions: readonly TextVersion[];
  /** Whether these are all that there ever were, once no more are to be had. */
  readonly isWhole: boolean;
  readonly more: { readonly has: boolean; readonly isBusy: boolean; readonly load: () => void };
  /** Brings an old text into the editor; undefined where nobody may write. */
  readonly onTake: ((text: string) => void) | undefined;
}) {
  const id = useId();
  const [from, setFrom] = useSearch("from");
  const [to, setTo] = useSearch("to");
  const now = versions.find(({ version }) => version === to) ?? versions[0];
  const nowAt = now === undefined ? -1 : versions.indexOf(now);
  const then = versions.find(({ version }) => version === from) ?? versions[nowAt + 1];
  return (
    <Card id="history" title="History">
      {now !== undefined && then !== undefined && (
        <>
          <div className="ws-line">
            <VersionChoice
              id={`${id}from`}
              label="What changed from"
              versions={versions}
              value={then}
              set={setFrom}
            />
            <VersionChoice id={`${id}to`} label="to" versions={versions} value={now} set={setTo} />
          </div>
          <Diff from={then.text ?? ""} to={now.text ?? ""} label="What changed" />
        </>
      )}
      <ol className="rows">
        {versions.map((one, at) => (
          <li key={one.version} className="row">
            <code>{shortHex(one.version)}</code>
            <span className="row-text">
              {one.text === null ? "deleted by " : "written by "}
              <Author author={one.writer} />
              {at === 0 && <span className="muted"> · stands now</span>}
            </span>
            <span className="row-time">
              <Time atMs={one.writtenAtMs} />
            </span>
            {at > 0 && one.text !== null && onTake !== undefined && (
              <button type="button" className="quiet" onClick={() => onTake(one.text ?? "")}>
                Edit from here<span className="unseen">: version {shortHex(one.version)}</span>
              </button>
            )}
          </li>
        ))}
      </ol>
      {more.has ? (
        <p>
          <button type="button" onClick={more.load} disabled={more.isBusy}>
            Older versions
          </button>
        </p>
      ) : (
        <p className="muted">
          {isWhole ? "These are all versions that there were." : "Older versions may not be kept any more."}
        </p>
      )}
    </Card>
  );
}

function VersionChoice({
  id,
  label,
  versions,
  value,
  set,
}: {
  readonly id: string;
  readonly label: string;
  readonly versions: readonly TextVersion[];
  readonly value: TextVersion;
  readonly set: (version: string) => void;
}) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value.version} onChange={({ target }) => set(target.value)}>
        {versions.map(({ version, writer, writtenAtMs }) => (
          <option key={version} value={version}>
            {`${exactText(writtenAtMs)}, ${cleanName(writer.name, 40)}, ${shortHex(version)}`}
          </option>
        ))}
      </select>
    </div>
  );
}
