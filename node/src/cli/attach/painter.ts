import type { Screen, ScreenModes } from "../../agents/terminals/screen.ts";

/** Puts an agent's screen, or as much of it as fits, onto the person's terminal, with a line about it below. */
export interface Painter {
  /** Takes the terminal over. */
  begin(): string;
  /** What changed since the last time, as text that draws it. */
  frame(screen: Screen, room: { readonly columns: number; readonly rows: number }, status: string): string;
  /** All is to be drawn anew. */
  forget(): void;
}

const MOUSE = { none: "", x10: "9", vt200: "1000", drag: "1002", any: "1003" } as const;

/** Gives the terminal back as it was: works in whatever state it is, and as often as one likes. */
export const GIVE_BACK =
  "\u001b[?2026l\u001b[?9l\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1006l\u001b[?1004l\u001b[?2004l\u001b[?1l\u001b[m\u001b[?7h\u001b[?25h\u001b[?1049l";

/** @param hasKeys Whether keys and mouse go to the program, so that the terminal is to send them as it wants them. */
export function createPainter({ hasKeys }: { readonly hasKeys: boolean }): Painter {
  let drawn: readonly string[] = [];
  let modes = "";
  return {
    // Without wrapping: what is a column too wide is cut, and moves nothing.
    begin: () => "\u001b[?1049h\u001b[?7l\u001b[2J",
    forget() {
      drawn = [];
      modes = "";
    },
    frame(screen, room, status) {
      const rows = Math.max(1, room.rows - 1);
      const { row, column } = screen.cursor();
      // Behind the last column, where it waits for the next character, it is shown on the last.
      const cursor = { row, column: Math.min(column, screen.size().columns - 1) };
      // Where there is too little room: the end of the screen, and for who types the part with the cursor.
      const top = Math.max(
        0,
        hasKeys ? cursor.row - rows + 1 : Math.min(cursor.row, screen.size().rows - rows),
      );
      const left = hasKeys ? Math.max(0, cursor.column - room.columns + 1) : 0;
      const shown = [
        ...screen.painted({ left, top, columns: room.columns, rows }),
        `\u001b[7m${status.slice(0, room.columns).padEnd(room.columns)}\u001b[m`,
      ];
      const changes = shown
        .map((row, index) => (row === drawn[index] ? "" : `\u001b[${index + 1};1H\u001b[m\u001b[2K${row}`))
        .join("");
      drawn = shown;
      const program = screen.modes();
      const wanted = hasKeys ? modesText(program) : "";
      const modesChange = wanted === modes ? "" : wanted;
      modes = wanted;
      const at = `\u001b[${cursor.row - top + 1};${cursor.column - left + 1}H`;
      const isIn = cursor.row - top < rows && cursor.column - left < room.columns;
      const show = program.cursorHidden || !isIn ? "" : "\u001b[?25h";
      // All at once, where the terminal knows how.
      return `\u001b[?2026h\u001b[?25l${modesChange}${changes}${at}${show}\u001b[?2026l`;
    },
  };
}

function modesText({ cursorKeys, marksPaste, mouse, mouseInText, focus }: ScreenModes): string {
  const set = (mode: string, isSet: boolean) => `\u001b[?${mode}${isSet ? "h" : "l"}`;
  return [
    set("1", cursorKeys),
    set("2004", marksPaste),
    set("1004", focus),
    ...["9", "1000", "1002", "1003"].map((mode) => set(mode, false)),
    MOUSE[mouse] === "" ? "" : set(MOUSE[mouse], true),
    set("1006", mouseInText),
  ].join("");
}
