/** Bounds of the view of terminals, each with its unit in its name and its reason beside it. */

/** Terminals that are shown at once: a team; each keeps some 3 MB of lines. */
export const PANES_MAX = 20;
/** Columns of panes: a fourth would be too narrow for a line of 80 characters. */
export const PANE_COLUMNS_MAX = 3;
/** Panes up to which all share the screen's height; below them one scrolls. */
export const PANES_ON_SCREEN_MAX = 9;
/** The narrowest column of panes, of all of them together. */
export const PANE_FRACTION_MIN = 0.15;
/** Lines above the screen, as many as the daemon keeps. */
export const SCROLLBACK_LINES_MAX = 2_000;

/** Characters that wait to be drawn: more is a tenth of a second's work on a slow machine, and grows. */
export const FLOOD_WAITING_CHARACTERS_MAX = 256 * 1024;
/** Characters that come within `FLOOD_WINDOW_MS`: fifty screens, of which nobody reads one. */
export const FLOOD_CHARACTERS_MAX = 512 * 1024;
/** The same while a flood has not calmed down: so little is drawn of it that the page's other work goes on. */
export const FLOOD_AGAIN_CHARACTERS_MAX = 128 * 1024;
export const FLOOD_WINDOW_MS = 1_000;
/** How long a flooded pane draws nothing before it looks at the newest screen. */
export const FLOOD_REST_MS = 1_000;
/** How long it has to be calm before the flood counts as over. */
export const FLOOD_CALM_MS = 1_500;

/** Characters of a screen that are drawn at once: between two pieces the page does what else there is. */
export const SCREEN_PIECE_CHARACTERS_MAX = 16 * 1024;

/** Between two tries to connect, doubled each time. */
export const AGAIN_MS_MIN = 250;
export const AGAIN_MS_MAX = 4_000;
/** How long it is said why what was typed was refused. */
export const REFUSAL_SHOWN_MS = 6_000;

/** One piece of input, as the daemon takes it. */
export const INPUT_CHARACTERS_MAX = 4_096;
/** What a person pastes is sent no faster than a terminal takes it. */
export const INPUT_BYTES_PER_MS_MAX = 48;
/** Characters of a paste: the daemon takes that within two seconds, and more is a file. */
export const PASTE_CHARACTERS_MAX = 64 * 1024;

/** Letters that can still be read; what does not fit with them scrolls. Pixels. */
export const FONT_PX_MIN = 9;
/** Beyond that a large pane only has room. */
export const FONT_PX_MAX = 18;
/** Letters as they are where somebody gives a terminal the size of its pane. */
export const FONT_PX_USUAL = 13;
/** Matches of a search that are marked. */
export const MATCHES_MAX = 1_000;
/** The least contrast of text that a program colours, whatever it chose: WCAG 2.2 AA. */
export const CONTRAST_MIN = 4.5;
