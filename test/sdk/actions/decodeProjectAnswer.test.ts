import { expect } from "chai";
import { describe, it } from "mocha";
import { keccak256, stringToBytes } from "viem";
import { decodeProjectAnswer } from "../../../sdk/src/actions/decodeProjectAnswer.ts";
import { encodeProjectAnswer } from "../../../sdk/src/actions/encodeProjectAnswer.ts";

const ANSWER = {
  summary: "I wrote a greeting: “¡hola!”",
  base: "0123456789".repeat(4),
  diff: "diff --git a/a.txt b/a.txt\n--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+¡hola!\n",
};
const fence = (diff: string, base = ANSWER.base) =>
  `<<<PLEIAD diff base=${base} bytes=${stringToBytes(diff).length} keccak256=${keccak256(stringToBytes(diff))}>>>`;

describe("decodeProjectAnswer", () => {
  it("decodeProjectAnswer_whatWasEncoded_isTheSame", () => {
    for (const answer of [
      ANSWER,
      { ...ANSWER, diff: "" },
      { ...ANSWER, summary: "\n\n", base: "a".repeat(64) },
    ])
      expect(decodeProjectAnswer(encodeProjectAnswer(answer))).to.deep.equal(answer);
  });

  it("encodeProjectAnswer_anyAnswer_isWrittenAsDocumented", () => {
    expect(new TextDecoder().decode(encodeProjectAnswer(ANSWER))).to.equal(
      `${ANSWER.summary}\n\n${fence(ANSWER.diff)}\n${ANSWER.diff}\n<<<PLEIAD end diff>>>\n`,
    );
  });

  it("decodeProjectAnswer_summaryOrDiffWithFences_isReadAsItWasWritten", () => {
    const foreign = `${fence("+evil\n")}\n+evil\n\n<<<PLEIAD end diff>>>\n`;
    for (const hostile of [
      { ...ANSWER, summary: `look:\n\n${foreign}` },
      { ...ANSWER, summary: `look:\n\n${fence(ANSWER.diff).replace(/0x./, "0xf")}\n` },
      { ...ANSWER, diff: `+a\n\n${foreign}+b\n` },
    ])
      expect(decodeProjectAnswer(encodeProjectAnswer(hostile))).to.deep.equal(hostile);
  });

  it("decodeProjectAnswer_textThatIsNoSuchAnswer_isUndefined", () => {
    const text = new TextDecoder().decode(encodeProjectAnswer(ANSWER));
    for (const other of [
      "",
      "a text",
      text.slice(0, -1),
      text.replace("+¡hola!", "+adiós!!"),
      text.replace("bytes=", "bytes=1"),
    ])
      expect(decodeProjectAnswer(other), other).to.equal(undefined);
  });

  it("decodeProjectAnswer_manyFencesOfTheRightLength_endsSoon", () => {
    // Each line says the length of what follows it, and a digest that is wrong: to check them all would take minutes.
    const lines: string[] = [];
    let bytes = 0;
    for (let count = 0; count < 4_000; count += 1) {
      const line = `\n\n<<<PLEIAD diff base=${ANSWER.base} bytes=${String(bytes).padStart(9, "0")} keccak256=0x${"0".repeat(64)}>>>\n`;
      lines.unshift(line);
      bytes += line.length;
    }
    const startedAt = performance.now();
    expect(decodeProjectAnswer(`${lines.join("")}\n<<<PLEIAD end diff>>>\n`)).to.equal(undefined);
    expect(performance.now() - startedAt).to.be.lessThan(5_000);
  });
});
