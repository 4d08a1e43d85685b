import { expect } from "chai";
import { describe, it } from "mocha";
import { coloursOf, EDITS_CHARACTERS_MAX } from "../../../dashboard/src/views/files/colours.ts";
import { hunksOf } from "../../../dashboard/src/views/files/hunks.ts";

describe("colours of a file's diff", () => {
  /** What is told of a diff of one line that was `length` characters long before and after. */
  function toldOf(length: number): string {
    const text = `@@ -1,1 +1,1 @@\n-const ${"a".repeat(length - 7)}b\n+const ${"a".repeat(length - 7)}c`;
    return JSON.stringify(coloursOf(hunksOf(text).hunks as never, "a.ts"));
  }

  it("mark what changed within lines, as long as a person would read them", () => {
    const half = EDITS_CHARACTERS_MAX / 2;
    // What is longer is shown in part.
    expect(half).to.be.greaterThan(2_000);
    expect(toldOf(100)).to.include('"edit"').and.to.include("files-code-keyword");
  });

  it("mark nothing within lines where so much changed that the page would stand still, and colour it all the same", () => {
    const lines = 2 * Math.ceil(EDITS_CHARACTERS_MAX / 2_000);
    const line = (sign: string, at: number) => `${sign}const ${String(at % 10).repeat(1_500)}`;
    const all = Array.from({ length: lines }, (_, at) => [line("-", at), line("+", at + 1)].join("\n"));
    const text = [`@@ -1,${lines} +1,${lines} @@`, ...all].join("\n");
    const told = JSON.stringify(coloursOf(hunksOf(text).hunks as never, "a.ts"));
    expect(told).to.not.include('"edit"');
    expect(told).to.include("files-code-keyword");
  });
});
