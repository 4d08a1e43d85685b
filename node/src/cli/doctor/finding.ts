/** What one check found. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly name: string;
  /** `skipped`: there was nothing to look at yet. */
  readonly outcome: "ok" | "warning" | "wrong" | "skipped";
  /** What was found, in plain words. */
  readonly text: string;
  /** What to do about it. */
  readonly hint?: string;
}

export function ok(name: string, text: string): Finding {
  return { name, outcome: "ok", text };
}

export function skipped(name: string, text: string): Finding {
  return { name, outcome: "skipped", text };
}

export function warning(name: string, text: string, hint: string): Finding {
  return { name, outcome: "warning", text, hint };
}

export function wrong(name: string, text: string, hint: string): Finding {
  return { name, outcome: "wrong", text, hint };
}
