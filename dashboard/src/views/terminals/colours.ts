import type { ITheme } from "@xterm/xterm";

/** The sixteen colours that programs name, each readable on the ground of its theme. */
const DARK = {
  black: "#3a4350",
  red: "#ff8f87",
  green: "#6fd99b",
  yellow: "#f3c05c",
  blue: "#8cb0ff",
  magenta: "#d9a2ff",
  cyan: "#6fd3e0",
  white: "#c9d0da",
  brightBlack: "#8b96a6",
  brightRed: "#ffb3ad",
  brightGreen: "#98ecba",
  brightYellow: "#ffd88a",
  brightBlue: "#b3cbff",
  brightMagenta: "#e8c6ff",
  brightCyan: "#9fe6ef",
  brightWhite: "#ffffff",
};
const LIGHT = {
  black: "#181d26",
  red: "#a31d16",
  green: "#12622f",
  yellow: "#7a4a00",
  blue: "#1f4fc4",
  magenta: "#7a2aa8",
  cyan: "#0b6070",
  white: "#5b6675",
  brightBlack: "#525c6c",
  brightRed: "#b3261e",
  brightGreen: "#176c36",
  brightYellow: "#855200",
  brightBlue: "#2a5bd0",
  brightMagenta: "#8a35ba",
  brightCyan: "#0e6b7c",
  brightWhite: "#3a4350",
};

/** Colours of a terminal as the page's theme is now. */
export function coloursNow(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const isDark = style.colorScheme === "dark";
  return {
    ...(isDark ? DARK : LIGHT),
    background: token("sunken"),
    foreground: token("text"),
    cursor: token("accent"),
    cursorAccent: token("sunken"),
    selectionBackground: isDark ? "#2b4a86" : "#b9cdf7",
    selectionInactiveBackground: isDark ? "#2a323d" : "#d5dae2",
    // A line as high as the screen, which is not as high as its pane, looks torn off.
    overviewRulerBorder: "#00000000",
    scrollbarSliderBackground: token("line"),
    scrollbarSliderHoverBackground: token("control"),
    scrollbarSliderActiveBackground: token("control"),
  };
}

/** How matches of a search are marked. */
export function matchColours() {
  const isDark = getComputedStyle(document.documentElement).colorScheme === "dark";
  return isDark
    ? {
        matchBackground: "#4a3a10",
        matchOverviewRuler: "#f3c05c",
        activeMatchBackground: "#8a6412",
        activeMatchColorOverviewRuler: "#ffffff",
      }
    : {
        matchBackground: "#fcf0d9",
        matchOverviewRuler: "#7a4a00",
        activeMatchBackground: "#f6c963",
        activeMatchColorOverviewRuler: "#181d26",
      };
}

/** Tells when the page's theme changes. The answer ends it. */
export function onTheme(listener: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = new MutationObserver(listener);
  chosen.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  system.addEventListener("change", listener);
  return () => {
    chosen.disconnect();
    system.removeEventListener("change", listener);
  };
}
