import { useTerminalText } from "../../api/terminals.ts";
import { Answer } from "../../parts/answers.tsx";
import { Empty, Foreign, Time } from "../../parts/basics.tsx";
import { cleanName } from "../../text/clean.ts";

/** What stands on a terminal and above it as text, for whoever reads it otherwise than by looking. */
export function PlainText({ cluster, name }: { readonly cluster: string; readonly name: string }) {
  const query = useTerminalText(cluster, name);
  return (
    <div className="terminals-text">
      <Answer query={query} what="the terminal's text" isPart>
        {(text) => (
          <>
            <p className="muted">
              As it was <Time atMs={query.dataUpdatedAt} />{" "}
              <button type="button" className="quiet" onClick={() => void query.refetch()}>
                Read anew
              </button>
            </p>
            {text === "" ? (
              <Empty>Nothing stands on it.</Empty>
            ) : (
              <Foreign text={text} label={`Text of ${cleanName(name)}'s terminal`} />
            )}
          </>
        )}
      </Answer>
    </div>
  );
}
