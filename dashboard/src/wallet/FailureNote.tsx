import { Badge, Command } from "../parts/basics.tsx";
import { cleanText } from "../text/clean.ts";
import { walletFailure } from "./failure.ts";

/** Why something was not signed or sent, and what to do about it; nothing where nothing went wrong. */
export function FailureNote({ error }: { readonly error: unknown }) {
  if (error === null || error === undefined) return null;
  const { title, text, hint, code, isRefusal } = walletFailure(error);
  if (isRefusal)
    return (
      <p role="status">
        <Badge tone="calm">{title}</Badge> <span className="muted">{text}</span>
      </p>
    );
  return (
    <div className="why-not" role="alert">
      <p>
        <strong>{title}:</strong> <bdi>{cleanText(text)}</bdi>
      </p>
      {hint !== undefined && <p>{hint}</p>}
      {code !== undefined && (
        <p>
          More about it: <Command line={`pleiad explain ${code}`} />
        </p>
      )}
    </div>
  );
}
