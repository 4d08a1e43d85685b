import type { BlueprintMistake } from "@pleiad/sdk/blueprint/mistake";
import { useId, useRef, useState } from "react";
import { Badge, Card, Command } from "../../parts/basics.tsx";
import { cleanText } from "../../text/clean.ts";
import type { Draft } from "./draft.ts";
import { CopyText, Download } from "./files.tsx";
import { draftIn, type ModelOfAgent } from "./reading.ts";

/** The same as a file: to copy, to keep, to paste one. What is typed here becomes the form as soon as it is right. */
export function YamlCard({
  text,
  modelOfAgent,
  onDraft,
}: {
  /** What the form says. */
  readonly text: string;
  readonly modelOfAgent: ModelOfAgent;
  readonly onDraft: (draft: Draft) => void;
}) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  /** What somebody types here; undefined while the form is what counts. */
  const [typed, setTyped] = useState<string>();
  const [mistakes, setMistakes] = useState<readonly BlueprintMistake[]>([]);
  const shown = typed ?? text;

  function type(value: string): void {
    setTyped(value);
    const read = draftIn(value, modelOfAgent);
    setMistakes(read.mistakes);
    if (read.draft !== undefined) onDraft(read.draft);
  }
  // Whoever goes on in the form has the form's text here, once what was typed was taken.
  const isTaken = typed !== undefined && mistakes.length === 0;
  function leave(): void {
    if (isTaken) setTyped(undefined);
  }
  async function open(file: File | undefined): Promise<void> {
    if (file !== undefined) type(await file.text());
  }
  function goTo({ line, column }: BlueprintMistake): void {
    const before = shown
      .split("\n")
      .slice(0, line - 1)
      .join("\n").length;
    const at = before + (line > 1 ? 1 : 0) + column - 1;
    area.current?.focus();
    area.current?.setSelectionRange(at, at);
  }
  return (
    <Card
      id="yaml"
      title="cluster.yaml"
      aside={
        <div className="bar-of-actions">
          <CopyText text={shown} />
          <Download text={shown} />
          <label className="make-file">
            Open a file
            <input
              type="file"
              accept=".yaml,.yml,text/yaml"
              onChange={({ target }) => {
                void open(target.files?.[0]);
                target.value = "";
              }}
            />
          </label>
        </div>
      }
    >
      <p className="muted">
        The same as a file. Write or paste here, and the form above follows as soon as it is right; comments
        are not kept. Without a wallet in this browser: <Command line="pleiad cluster apply cluster.yaml" />
      </p>
      <div className="field">
        <label htmlFor={id} className="unseen">
          Text of cluster.yaml
        </label>
        <textarea
          ref={area}
          id={id}
          className="make-yaml"
          rows={Math.min(28, Math.max(12, shown.split("\n").length + 1))}
          spellCheck={false}
          wrap="off"
          value={shown}
          aria-invalid={typed !== undefined && mistakes.length > 0}
          aria-describedby={`${id}-mistakes`}
          onChange={({ target }) => type(target.value)}
          onBlur={leave}
        />
      </div>
      <div id={`${id}-mistakes`} role="status">
        {typed !== undefined && mistakes.length > 0 && (
          <div className="why-not">
            <p>
              <strong>Not taken over yet.</strong> The form still has what was right last.
            </p>
            <ul>
              {mistakes.slice(0, 12).map((mistake) => (
                <li key={`${mistake.line} ${mistake.path} ${mistake.message}`}>
                  <button type="button" className="quiet" onClick={() => goTo(mistake)}>
                    Line {mistake.line}
                  </button>{" "}
                  {mistake.path !== "" && <code>{cleanText(mistake.path)}</code>} {cleanText(mistake.message)}
                </li>
              ))}
            </ul>
            <button
              type="button"
              className="quiet"
              onClick={() => {
                setTyped(undefined);
                setMistakes([]);
              }}
            >
              Back to the form's
            </button>
          </div>
        )}
        {isTaken && (
          <p>
            <Badge tone="good">Taken over</Badge> The form says the same.
          </p>
        )}
      </div>
    </Card>
  );
}
