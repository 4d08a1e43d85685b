import { useErrorWords } from "../api/operate.ts";
import { cleanText } from "../text/clean.ts";
import { Answer } from "./answers.tsx";
import { Command, Disclosure } from "./basics.tsx";

/** Codes of the errors' table; others are a program's own. */
const CODE = /^[A-Z][A-Z0-9_]{2,63}$/;

/** What went wrong, in the daemon's words, and behind a click what the code means and what to do. */
export function Fault({ code, message }: { readonly code: string | null; readonly message: string }) {
  return (
    <div className="fault">
      <p className="problem-text">
        <bdi>{cleanText(message)}</bdi>
      </p>
      {code !== null && CODE.test(code) && (
        <Disclosure summary={`${code}: what to do`}>{() => <ErrorWords code={code} />}</Disclosure>
      )}
    </div>
  );
}

function ErrorWords({ code }: { readonly code: string }) {
  const query = useErrorWords(code);
  return (
    <Answer query={query} what="what the code means" isPart>
      {({ title, cause, whatToDo, isRetryable }) => (
        <div className="muted">
          <p>
            <strong>
              <Ours text={title} />.
            </strong>{" "}
            <Ours text={cause} />
          </p>
          <p>
            <Ours text={whatToDo} /> {isRetryable && "It may also go away by itself."}
          </p>
          <p>
            <Command line={`pleiad explain ${code}`} />
          </p>
        </div>
      )}
    </Answer>
  );
}

/** Words of Pleiad's own tables, in which what is to be typed stands between backticks. */
function Ours({ text }: { readonly text: string }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text that never changes.
  return text.split("`").map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part));
}
