import type { DiffFile, Folder } from "../../api/folders.ts";
import { Badge } from "../../parts/basics.tsx";
import { countText, plural } from "../../text/amounts.ts";
import { CHANGES } from "./words.ts";

/** `3 files +12 −4`. */
export function Counts({
  files,
  added,
  removed,
}: {
  readonly files?: number;
  readonly added: number;
  readonly removed: number;
}) {
  return (
    <span className="files-counts">
      {files !== undefined && <span>{files === 0 ? "nothing changed" : plural(files, "file")}</span>}
      {added > 0 && (
        <span className="files-plus">
          +{countText(added)}
          <span className="unseen"> lines added</span>
        </span>
      )}
      {removed > 0 && (
        <span className="files-minus">
          −{countText(removed)}
          <span className="unseen"> lines removed</span>
        </span>
      )}
    </span>
  );
}

export function ActivityBadge({ activity }: Pick<Folder, "activity">) {
  if (activity === "working") return <Badge tone="busy">Working</Badge>;
  if (activity === "resting") return <Badge tone="good">Waiting</Badge>;
  return <Badge tone="calm">Not at work</Badge>;
}

/** How a file changed, as a letter that people know from git. */
export function ChangeMark({ change }: Pick<DiffFile, "change">) {
  const { sign, word } = CHANGES[change];
  return (
    <span className={`files-mark files-mark-${change}`} title={word}>
      {sign}
      <span className="unseen"> {word}</span>
    </span>
  );
}
