import { useSearch } from "../../router.tsx";
import { PANES_MAX } from "./limits.ts";

/** Which terminals are shown, in their order, as the address has it: `?show=a,b&layout=split`. */
export interface Shown {
  readonly names: readonly string[];
  readonly layout: "single" | "split";
}

export function namesIn(text: string | undefined): readonly string[] {
  const names = (text ?? "").split(",").filter((name) => name !== "");
  return [...new Set(names.map(decoded))].slice(0, PANES_MAX);
}

export function textOf(names: readonly string[]): string {
  return names.map(encodeURIComponent).join(",");
}

/** @param first what is shown where the address names none */
export function useShown(first: string | undefined) {
  const [show, setShow] = useSearch("show");
  const [layout, setLayout] = useSearch("layout");
  const chosen = namesIn(show);
  const names = chosen.length === 0 && first !== undefined ? [first] : chosen;
  const shown: Shown = {
    names,
    layout: layout === "single" || names.length < 2 ? "single" : "split",
  };
  return {
    shown,
    set(next: readonly string[], inLayout?: Shown["layout"]): void {
      setShow(textOf(next));
      if (inLayout !== undefined) setLayout(inLayout);
    },
    setLayout: (next: Shown["layout"]) => {
      // Others than the first are named from here on, so that they are there to come back to.
      setShow(textOf(names));
      setLayout(next);
    },
  };
}

/** A link may come from anywhere. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
