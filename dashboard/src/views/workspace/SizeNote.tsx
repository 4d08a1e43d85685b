import { countText } from "../../text/amounts.ts";
import { bytesOf } from "./limits.ts";

/** From which part of its bound on the size of a text is worth a word. */
const NEAR_PART = 0.75;

/** How long a text is, where that is near its bound or over it. */
export function SizeNote({ text, bytesMax }: { readonly text: string; readonly bytesMax: number }) {
  // No text has more bytes than three for each of its units: most need no counting.
  if (text.length * 3 < bytesMax * NEAR_PART) return null;
  const bytes = bytesOf(text);
  if (bytes < bytesMax * NEAR_PART) return null;
  const isTooLong = bytes > bytesMax;
  return (
    <span className={isTooLong ? "ws-too-long" : "muted"} role={isTooLong ? "alert" : undefined}>
      {countText(bytes)} of {countText(bytesMax)} bytes
      {isTooLong && `: ${countText(bytes - bytesMax)} too many. What is longer belongs into a file.`}
    </span>
  );
}
