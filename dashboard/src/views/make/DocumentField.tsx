import { type DragEvent, useId, useState } from "react";
import { cleanName } from "../../text/clean.ts";
import { BLOB_BYTES_MAX, textIn } from "./input.ts";

/** A text that is typed, pasted, dropped or chosen. */
export function DocumentField({
  label,
  value,
  onChange,
  rows,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly rows: number;
}) {
  const id = useId();
  const [isOver, setOver] = useState(false);
  const [said, setSaid] = useState<string>();

  async function take(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    const name = cleanName(file.name, 80);
    if (file.size > BLOB_BYTES_MAX) {
      setSaid(`${name} has ${file.size.toLocaleString("en-US")} bytes: more than a run takes.`);
      return;
    }
    const text = await textIn(file);
    setSaid(text === undefined ? `${name} is no text.` : `Taken from ${name}.`);
    if (text !== undefined) onChange(text);
  }
  function drop(event: DragEvent): void {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files[0]);
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one way of three; the button below is the others'.
    <div
      className={isOver ? "field make-drop make-drop-over" : "field make-drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        rows={rows}
        value={value}
        placeholder="Write, paste, or drop a file here"
        onChange={({ target }) => {
          setSaid(undefined);
          onChange(target.value);
        }}
      />
      <div className="bar-of-actions">
        <label className="make-file">
          Choose a file
          <input
            type="file"
            aria-label={`Choose a file for ${label}`}
            onChange={({ target }) => {
              void take(target.files?.[0]);
              target.value = "";
            }}
          />
        </label>
        <span role="status" className="muted">
          {said}
        </span>
      </div>
    </div>
  );
}
