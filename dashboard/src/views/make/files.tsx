import { useEffect, useState } from "react";

/** How long a sign of success stays. Milliseconds. */
const COPIED_MS = 1_500;

export function CopyText({ text }: { readonly text: string }) {
  const [isCopied, setCopied] = useState(false);
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  }
  return (
    <button type="button" className="quiet" onClick={() => void copy()}>
      {isCopied ? "Copied" : "Copy the file"}
    </button>
  );
}

/** The file itself, made in the page. */
export function Download({ text }: { readonly text: string }) {
  const [href, setHref] = useState<string>();
  useEffect(() => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/yaml" }));
    setHref(url);
    return () => URL.revokeObjectURL(url);
  }, [text]);
  return (
    <a className="make-file" href={href} download="cluster.yaml">
      Download
    </a>
  );
}
