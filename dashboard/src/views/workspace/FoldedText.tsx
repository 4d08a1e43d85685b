import { useState } from "react";
import { Foreign } from "../../parts/basics.tsx";
import { countText } from "../../text/amounts.ts";
import { cleanText } from "../../text/clean.ts";
import { FOLDED_CHARACTERS, FOLDED_LINES } from "./limits.ts";

/** Somebody's text: whole where it is short, its beginning where it is long, until it is opened. */
export function FoldedText({ text, label }: { readonly text: string; readonly label: string }) {
  const [isOpen, setOpen] = useState(false);
  const beginning = beginningOf(text);
  if (beginning === undefined)
    return (
      <pre className="ws-text" dir="auto">
        {cleanText(text)}
      </pre>
    );
  return (
    <>
      {isOpen ? (
        <Foreign text={text} label={label} />
      ) : (
        <pre className="ws-text" dir="auto">
          {cleanText(beginning)}…
        </pre>
      )}
      <p>
        <button type="button" className="quiet" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Show less" : `Show all ${countText([...text].length)} characters`}
        </button>
      </p>
    </>
  );
}

function beginningOf(text: string): string | undefined {
  const lines = text.split("\n", FOLDED_LINES + 1);
  if (text.length <= FOLDED_CHARACTERS && lines.length <= FOLDED_LINES) return undefined;
  // Whole signs: half of one is none.
  return [...lines.slice(0, FOLDED_LINES).join("\n").slice(0, FOLDED_CHARACTERS)]
    .filter((sign) => !/^[\ud800-\udfff]$/.test(sign))
    .join("");
}
