import { expect } from "chai";
import { describe, it } from "mocha";
import { firstLines, hunksOf, lineOf } from "../../../dashboard/src/views/files/hunks.ts";
import { bytesText, shellWord } from "../../../dashboard/src/views/files/words.ts";

describe("texts of the dashboard's files", () => {
  it("reads of a diff what its heads count, whatever its lines look like", () => {
    const text = [
      "diff --git a/x b/x",
      "--- a/x",
      "+++ b/x",
      "@@ -1,3 +1,3 @@ where it is",
      "--- a/y",
      "+@@ -9,9 +9,9 @@",
      " diff --git a/z b/z",
      " ",
      "@@ -20 +20 @@",
      "-old",
      "\\ No newline at end of file",
      "+new\u202e",
      "\\ No newline at end of file",
      "",
    ].join("\n");
    const { hunks, lines, isOldWithoutEnd, isNewWithoutEnd } = hunksOf(text);
    const said = hunks.map(({ changes }) =>
      changes.map(
        (change) => `${change.type} ${lineOf(change).side} ${lineOf(change).line} ${change.content}`,
      ),
    );
    expect(said).to.deep.equal([
      [
        "delete old 1 -- a/y",
        "insert new 1 @@ -9,9 +9,9 @@",
        "normal new 2 diff --git a/z b/z",
        "normal new 3 ",
      ],
      ["delete old 20 old", "insert new 20 new\ufffd"],
    ]);
    expect([lines, isOldWithoutEnd, isNewWithoutEnd]).to.deep.equal([6, true, true]);
    expect(firstLines(hunks, 5).map(({ changes }) => changes.length)).to.deep.equal([4, 1]);
  });

  it("takes a text that ends in the midst of a hunk, and shows the beginning of a line without end", () => {
    const { hunks, lines } = hunksOf(`@@ -0,0 +1,2 @@\n+${"x".repeat(1_000_000)}`);
    expect(lines).to.equal(1);
    expect(hunks[0]?.changes[0]?.content).to.match(/^x{2000} … and 998000 characters more$/);
    expect(hunksOf("").hunks).to.deep.equal([]);
  });

  it("quotes what a shell would take apart, and gives nothing to type where nobody could see it", () => {
    expect(shellWord("src/main.ts")).to.equal("src/main.ts");
    expect(shellWord("it's $(rm -rf ~)")).to.equal("'it'\\''s $(rm -rf ~)'");
    for (const hidden of ["a\nb", "a\u202eb", "a\u0007", ""])
      expect(shellWord(hidden), hidden).to.equal(undefined);
    expect([0, 999, 1_000, 104_000_000].map(bytesText)).to.deep.equal([
      "0 bytes",
      "999 bytes",
      "1.0 kB",
      "104 MB",
    ]);
  });
});
