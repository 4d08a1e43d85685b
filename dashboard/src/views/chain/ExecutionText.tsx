import { useBlob } from "../../api/queries.ts";
import type { ExecutionAnswer } from "../../api/types.ts";
import { Answer } from "../../parts/answers.tsx";
import { Foreign, Hash } from "../../parts/basics.tsx";
import { plural } from "../../text/amounts.ts";

type Text = ExecutionAnswer["input"];

/** An input or an output: as text where it is one, from the chain or by its digest. */
export function TextOf({ text, label }: { readonly text: Text; readonly label: string }) {
  if (text.bytes === null) return <ByReference text={text} label={label} />;
  if (text.text === null)
    return (
      <p className="muted">
        {plural(text.bytes, "byte")} that are no text. Its digest:{" "}
        <Hash hex={text.digest} what="its digest" />
      </p>
    );
  if (text.text === "") return <p className="muted">It is empty.</p>;
  return (
    <>
      <Foreign text={text.text} label={label} />
      {text.isCut && <p className="muted">This is the beginning of {plural(text.bytes, "byte")}.</p>}
    </>
  );
}

/** Of what is given by reference so much is shown: what a person reads. Bytes. */
const SHOWN_BYTES_MAX = 65_536;

/** The chain has its digest alone; the node has the bytes, or gets them from a peer, and has checked them. */
function ByReference({ text, label }: { readonly text: Text; readonly label: string }) {
  const query = useBlob(text.digest);
  return (
    <>
      <p className="muted">
        On the chain by its digest alone: <Hash hex={text.digest} what="its digest" />
      </p>
      <Answer query={query} what="the bytes" isPart>
        {(bytes) => {
          const read = textIn(bytes);
          if (read === undefined)
            return <p className="muted">{plural(bytes.length, "byte")} that are no text.</p>;
          return (
            <>
              <Foreign text={read} label={label} />
              {bytes.length > SHOWN_BYTES_MAX && (
                <p className="muted">This is the beginning of {plural(bytes.length, "byte")}.</p>
              )}
            </>
          );
        }}
      </Answer>
    </>
  );
}

function textIn(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, SHOWN_BYTES_MAX), {
      stream: true,
    });
  } catch {
    return undefined;
  }
}
