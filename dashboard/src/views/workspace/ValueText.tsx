import { useMemo, useState } from "react";
import { Foreign } from "../../parts/basics.tsx";
import { bytesText } from "../../text/amounts.ts";
import { HEX_BYTES_SHOWN } from "./limits.ts";
import { readableOf } from "./text/valueKinds.ts";

/** A value of the whiteboard as people read it: structured, as text, or as bytes. */
export function ValueText({ text }: { readonly text: string }) {
  const value = useMemo(() => readableOf(text), [text]);
  const [isPlain, setPlain] = useState(false);
  switch (value.kind) {
    case "binary":
      return (
        <div className="ws-hex">
          <p>
            This value is no text that people read: {bytesText(value.bytes)}
            {value.isCut ? `, of which the first ${bytesText(HEX_BYTES_SHOWN)} are shown` : ""}.
          </p>
          <Foreign text={value.hex} label="The value's bytes" />
        </div>
      );
    case "json":
      return (
        <>
          <Foreign text={isPlain ? text : value.pretty} label="The value" />
          <label className="bar-of-actions">
            <input type="checkbox" checked={isPlain} onChange={({ target }) => setPlain(target.checked)} /> As
            it was written
          </label>
        </>
      );
    case "text":
      return text === "" ? <p className="muted">It is empty.</p> : <Foreign text={text} label="The value" />;
    default:
      return value satisfies never;
  }
}
