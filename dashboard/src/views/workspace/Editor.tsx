import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";

/** The page's own colours: they go through into the shadow. */
const LOOK = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "transparent", fontSize: "14px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--mono)",
    lineHeight: "1.5",
    minHeight: "160px",
    maxHeight: "56vh",
    overflow: "auto",
  },
  ".cm-content": { caretColor: "var(--text)", padding: "10px 0" },
  ".cm-gutters": { color: "var(--muted)", backgroundColor: "transparent", border: "none" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--accent) 30%, transparent)",
  },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--busy-ground)" },
});

/**
 * A text to be edited. It stands in a shadow, since its style sheets can be made there without an element, which the page's policy would
 * refuse. Tab leaves it, as anything else.
 */
export function Editor({
  label,
  text,
  isReadOnly = false,
  onChange,
}: {
  readonly label: string;
  /** What it begins with, or what it is given from elsewhere in the meantime. */
  readonly text: string;
  readonly isReadOnly?: boolean;
  readonly onChange: (text: string) => void;
}) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const now = useRef(onChange);
  now.current = onChange;

  // biome-ignore lint/correctness/useExhaustiveDependencies: made once; what changes is handed on below.
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    // In development an effect runs twice, and a shadow is for ever.
    const root = element.shadowRoot ?? element.attachShadow({ mode: "open", delegatesFocus: true });
    const made = new EditorView({
      root,
      parent: root as unknown as Element,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          bracketMatching(),
          EditorView.lineWrapping,
          keymap.of([...defaultKeymap, ...historyKeymap]),
          EditorState.readOnly.of(isReadOnly),
          EditorView.contentAttributes.of({ "aria-label": label, dir: "auto" }),
          LOOK,
          EditorView.updateListener.of((update) => {
            if (update.docChanged) now.current(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    // It was opened by a button that is no more.
    made.focus();
    return () => made.destroy();
  }, [label, isReadOnly]);

  useEffect(() => {
    const made = view.current;
    const present = made?.state.doc.toString();
    if (made === undefined || present === text.replace(/\r\n?/g, "\n")) return;
    made.dispatch({ changes: { from: 0, to: made.state.doc.length, insert: text } });
  }, [text]);

  return <div ref={host} className="ws-editor" data-takes-keys="" />;
}
