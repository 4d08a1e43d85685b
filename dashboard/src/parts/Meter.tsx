import { type ReactNode, useId } from "react";

/** How much of something is used: a bar with the words beside it, which say it alone. @param share from 0 to 1 */
export function Meter({
  share,
  text,
  isBad,
}: {
  readonly share: number;
  readonly text: ReactNode;
  readonly isBad?: boolean;
}) {
  const id = useId();
  return (
    <span className="meter">
      <progress
        value={Math.min(1, Math.max(0, share))}
        max={1}
        className={isBad === true ? "meter-bad" : undefined}
        aria-labelledby={id}
      />
      <span id={id}>{text}</span>
    </span>
  );
}
