import { createPaneScreen } from "./screen.ts";
import { createTerminalStream, type StreamStatus } from "./stream.ts";
import { createTyping, pasteOf } from "./typing.ts";

export interface PaneState extends StreamStatus {
  readonly isTyping: boolean;
  /** What waits to be pasted until its person has said so. */
  readonly paste: { readonly text: string; readonly lines: number; readonly isCut: boolean } | undefined;
  /** None while nothing is looked for. */
  readonly found: { readonly index: number; readonly count: number } | undefined;
}

export type Pane = ReturnType<typeof createPane>;

/** One terminal on the page: its stream, its screen, and what its person does with it. It draws only while it is seen. */
export function createPane(
  of: { readonly cluster: string; readonly name: string },
  host: HTMLElement,
  events: { readonly onLeave: () => void; readonly onSearch: () => void },
) {
  const listeners = new Set<() => void>();
  const screen = createPaneScreen(host, of.name, {
    onTyped: (text) => {
      if (state.isTyping) typing.type(text);
    },
    onPaste: heedPaste,
    onLeave: events.onLeave,
    onSearch: events.onSearch,
    onFound: (index, count) => set({ found: { index, count } }),
  });
  const stream = createTerminalStream(of, {
    sink: screen.sink,
    onStatus(status) {
      set(status);
      if (!status.mayType && state.isTyping) setTyping(false);
    },
  });
  const typing = createTyping(stream.type);
  let state: PaneState = { ...stream.status(), isTyping: false, paste: undefined, found: undefined };
  let isInView = false;

  const look = () => stream.setSeen(isInView && !document.hidden);
  const view = new IntersectionObserver((entries) => {
    isInView = entries.at(-1)?.isIntersecting === true;
    look();
  });
  view.observe(host);
  document.addEventListener("visibilitychange", look);

  function set(change: Partial<PaneState>): void {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  }

  function setTyping(is: boolean): void {
    if (!is) typing.stop();
    screen.setTyping(is);
    set({ isTyping: is, paste: undefined });
  }

  /** A line more is a key more: whoever pastes several sees them first. */
  function heedPaste(text: string): void {
    const paste = pasteOf(text);
    if (paste.lines > 1 || paste.isCut) set({ paste });
    else screen.paste(paste.text);
  }

  return {
    screen,
    stream,
    state: () => state,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    setTyping,
    answerPaste(isWanted: boolean): void {
      const { paste } = state;
      set({ paste: undefined });
      if (isWanted && paste !== undefined && state.isTyping) screen.paste(paste.text);
      screen.focus();
    },
    endSearch(): void {
      screen.endSearch();
      set({ found: undefined });
    },
    end(): void {
      view.disconnect();
      document.removeEventListener("visibilitychange", look);
      typing.stop();
      stream.end();
      screen.dispose();
    },
  };
}
