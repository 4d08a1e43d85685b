import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { type ITerminalAddon, Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { forbidEffects } from "./belt.ts";
import { coloursNow, matchColours, onTheme } from "./colours.ts";
import {
  CONTRAST_MIN,
  FONT_PX_MAX,
  FONT_PX_MIN,
  FONT_PX_USUAL,
  MATCHES_MAX,
  SCREEN_PIECE_CHARACTERS_MAX,
  SCROLLBACK_LINES_MAX,
} from "./limits.ts";
import type { StreamSink } from "./stream.ts";

export interface ScreenEvents {
  /** A person typed. Only while typing is on. */
  onTyped(text: string): void;
  /** A person pasted, who types here. */
  onPaste(text: string): void;
  /** The key that leads out of the terminal. */
  onLeave(): void;
  onSearch(): void;
  /** @param index from 0; -1 where there are too many to number */
  onFound(index: number, count: number): void;
}

export type PaneScreen = ReturnType<typeof createPaneScreen>;

/** Draws one terminal into an element, at whatever size its agent's has, with letters as large as fit. */
export function createPaneScreen(host: HTMLElement, name: string, events: ScreenEvents) {
  const terminal = new Terminal({
    allowProposedApi: true,
    cursorBlink: false,
    disableStdin: true,
    // A link of an agent's leads nowhere.
    linkHandler: { activate: () => {}, allowNonHttpProtocols: false },
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--mono").trim(),
    fontSize: FONT_PX_MAX,
    logLevel: "off",
    minimumContrastRatio: CONTRAST_MIN,
    overviewRuler: { width: 10 },
    scrollback: SCROLLBACK_LINES_MAX,
    theme: coloursNow(),
  });
  const search = new SearchAddon({ highlightLimit: MATCHES_MAX });
  const fitting = new FitAddon();
  let waiting = 0;
  let isTyping = false;
  let wantsWebgl = false;
  let webgl: ITerminalAddon | undefined;
  let frame: number | undefined;
  let isOver = false;

  terminal.loadAddon(search);
  terminal.loadAddon(fitting);
  forbidEffects(terminal);
  terminal.open(host);
  terminal.textarea?.setAttribute("aria-label", `Terminal of ${name}`);
  // Only what had the focus once shows where its cursor is.
  for (const kind of ["focus", "blur"]) terminal.textarea?.dispatchEvent(new FocusEvent(kind));
  terminal.onData(events.onTyped);
  terminal.attachCustomKeyEventHandler(heedKey);
  search.onDidChangeResults(({ resultIndex, resultCount }) => events.onFound(resultIndex, resultCount));
  host.addEventListener("paste", heedPaste, { capture: true });
  const room = new ResizeObserver(fitSoon);
  room.observe(host);
  const endTheme = onTheme(() => {
    terminal.options.theme = coloursNow();
  });

  const sink: StreamSink = {
    screen({ columns, rows, data }) {
      const hasOtherSize = terminal.cols !== columns || terminal.rows !== rows;
      if (hasOtherSize) terminal.resize(columns, rows);
      // It begins with a reset: whatever is still to be drawn before it is gone by then.
      for (let at = 0; at < data.length; at += SCREEN_PIECE_CHARACTERS_MAX)
        terminal.write(data.slice(at, at + SCREEN_PIECE_CHARACTERS_MAX));
      if (hasOtherSize) fitSoon();
    },
    output(data) {
      waiting += data.length;
      terminal.write(data, () => {
        waiting -= data.length;
      });
    },
    waiting: () => waiting,
  };

  /** Keys that are the page's; while nobody types here, all others are the browser's, Tab among them. */
  function heedKey(event: KeyboardEvent): boolean {
    const isDown = event.type === "keydown";
    const isChord = event.ctrlKey && event.shiftKey;
    if (event.key === "F6") return own(event, events.onLeave);
    if (isChord && event.key.toLowerCase() === "f") return own(event, events.onSearch);
    if (isChord && event.key.toLowerCase() === "c") return own(event, copy);
    // The browser pastes.
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "v") return false;
    if (isTyping) return true;
    const scroll = SCROLLS[event.key];
    if (scroll !== undefined && isDown && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      scroll(terminal);
    }
    return false;
  }

  function own(event: KeyboardEvent, act: () => void): boolean {
    event.preventDefault();
    if (event.type === "keydown") act();
    return false;
  }

  function copy(): void {
    const text = terminal.getSelection();
    if (text !== "") void navigator.clipboard.writeText(text);
  }

  function heedPaste(event: ClipboardEvent): void {
    event.preventDefault();
    event.stopPropagation();
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (isTyping && text !== "") events.onPaste(text);
  }

  function fitSoon(): void {
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      fit();
    });
  }

  /** Letters as large as the room allows: the agent's terminal keeps its size. */
  function fit(): void {
    const drawn = host.querySelector<HTMLElement>(".xterm-screen");
    if (isOver || drawn === null || drawn.offsetWidth === 0 || host.clientWidth === 0) return;
    const now = terminal.options.fontSize ?? FONT_PX_MAX;
    const wide = (host.clientWidth - SCROLLBAR_PX) / drawn.offsetWidth;
    const high = host.clientHeight / drawn.offsetHeight;
    const wanted = Math.floor(now * Math.min(wide, high) * 2) / 2;
    const next = Math.min(FONT_PX_MAX, Math.max(FONT_PX_MIN, wanted));
    if (next !== now) terminal.options.fontSize = next;
    host.scrollTop = host.scrollHeight;
  }

  /** One terminal has the graphics processor; where there is none, and where it is lost, the document draws as before. */
  async function drawFast(): Promise<void> {
    if (webgl !== undefined || document.createElement("canvas").getContext("webgl2") === null) return;
    const { WebglAddon } = await import("@xterm/addon-webgl");
    if (!wantsWebgl || webgl !== undefined || isOver) return;
    const made = new WebglAddon();
    made.onContextLoss(drawSlowly);
    try {
      terminal.loadAddon(made);
      webgl = made;
    } catch {
      made.dispose();
    }
  }

  function drawSlowly(): void {
    webgl?.dispose();
    webgl = undefined;
  }

  return {
    sink,
    setTyping(is: boolean): void {
      isTyping = is;
      terminal.options.disableStdin = !is;
      terminal.options.cursorBlink = is && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    },
    setFocused(is: boolean): void {
      wantsWebgl = is;
      if (is) void drawFast();
      else drawSlowly();
    },
    setReader(is: boolean): void {
      terminal.options.screenReaderMode = is;
    },
    focus: () => terminal.focus(),
    paste: (text: string) => terminal.paste(text),
    selection: () => terminal.getSelection(),
    find(term: string, direction: "next" | "previous", isNew: boolean): void {
      const options = { decorations: matchColours(), incremental: isNew };
      if (term === "") search.clearDecorations();
      else if (direction === "next") search.findNext(term, options);
      else search.findPrevious(term, options);
    },
    endSearch: () => search.clearDecorations(),
    /** The size at which a terminal would fill the room, with letters of the usual size. */
    roomFor() {
      terminal.options.fontSize = FONT_PX_USUAL;
      const size = fitting.proposeDimensions();
      fitSoon();
      return size === undefined ? undefined : { columns: size.cols, rows: size.rows };
    },
    dispose(): void {
      isOver = true;
      if (frame !== undefined) cancelAnimationFrame(frame);
      room.disconnect();
      endTheme();
      host.removeEventListener("paste", heedPaste, { capture: true });
      drawSlowly();
      terminal.dispose();
    },
  };
}

/** What xterm.js keeps at its right for its own. */
const SCROLLBAR_PX = 12;

const SCROLLS: Readonly<Record<string, (terminal: Terminal) => void>> = {
  PageUp: (terminal) => terminal.scrollPages(-1),
  PageDown: (terminal) => terminal.scrollPages(1),
  ArrowUp: (terminal) => terminal.scrollLines(-1),
  ArrowDown: (terminal) => terminal.scrollLines(1),
  Home: (terminal) => terminal.scrollToTop(),
  End: (terminal) => terminal.scrollToBottom(),
};
