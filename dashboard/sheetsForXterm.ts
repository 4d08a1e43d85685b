import type { Plugin } from "vite";

/**
 * xterm.js makes `<style>` elements and writes `style` attributes, both of which the page's policy forbids. The four places where it
 * does are led to `src/parts/sheetElement.ts`. A version that has others ends the build: whoever changes the version looks here.
 */
const PLACES = [
  [/([\w.]+)\.createElement\("style"\)/g, 3, () => "createSheetElement()"],
  [
    /(\w+)\.setAttribute\("style",`\$\{\1\.getAttribute\("style"\)\|\|""\}\$\{(\w+)\};`\)/g,
    1,
    (_all: string, element: string, css: string) => `addStyle(${element},${css}+";")`,
  ],
] as const;
/** What would be forbidden, in any form. */
const FORBIDDEN = /createElement\(["']style["']\)|setAttribute\(["']style["']|\.innerHTML\b/;

export function sheetsForXterm(): Plugin {
  return {
    name: "sheets-for-xterm",
    transform(code, id) {
      if (!/\/@xterm\/[\w-]+\/lib\/[\w-]+\.mjs$/.test(id)) return null;
      const isCore = id.endsWith("/xterm/lib/xterm.mjs");
      let changed = code;
      for (const [pattern, count, replace] of isCore ? PLACES : []) {
        const found = [...changed.matchAll(pattern)].length;
        if (found !== count)
          this.error(
            `${id} has ${found} places of ${pattern}, and ${count} are known: see sheetsForXterm.ts`,
          );
        changed = changed.replace(pattern, replace as (all: string, ...parts: string[]) => string);
      }
      if (FORBIDDEN.test(changed))
        this.error(`${id} styles the document in a way that the page's policy forbids`);
      if (!isCore) return null;
      return {
        code: `import { addStyle, createSheetElement } from "/src/parts/sheetElement.ts";\n${changed}`,
        map: null,
      };
    },
  };
}
