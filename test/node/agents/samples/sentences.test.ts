import { expect } from "chai";
import { describe, it } from "mocha";
import { languageByCode } from "../../../../node/src/agents/samples/language.ts";
import { SENTENCE_CHARS_MAX } from "../../../../node/src/agents/samples/limits.ts";
import { splitSentences } from "../../../../node/src/agents/samples/sentences.ts";

/** Each case is its sentences; joined by spaces they have to come apart again. */
const CASES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  en: [
    ["Dr. J. R. Smith met Mrs. Jones at 3 p.m. in St. Ives.", "They talked."],
    ["It works, e.g. with bees, i.e. insects, etc. and so on.", "That is all."],
    ["The firm is Jones Ltd.", "It sells tea."],
    ["The price rose by 2.5 per cent.", "In 1998 it fell.", "It was 3.", "The rest is known."],
    ["“Is it true?” he asked.", "“Yes.”", "She left!"],
    ["He waited … and waited.", "Then he went...", "Nobody knows where."],
    ["See Fig. 3 and pp. 12–14.", "He said no.", "The end came."],
    ["They live in the U.S.", "Their son does not."],
  ],
  de: [
    ["Am 3. Oktober 1990, im 20. Jahrhundert, war es so weit.", "Die Leute feierten."],
    ["Das gilt z. B. für Torf, d. h. für Moore bzw. Sümpfe.", "Mehr nicht."],
    ["»Wer ist da?«, fragte sie.", "Es waren zwölf.", "Die anderen schliefen."],
  ],
  es: [
    ["El Sr. López vive en la Avda. del Puerto, núm. 7.", "¿Quién lo sabe?", "¡Nadie!"],
    ["La Dra. Ruiz llegó a las tres.", "Después se fue."],
  ],
};

describe("samples/sentences", () => {
  for (const [code, cases] of Object.entries(CASES)) {
    it(`finds the ends of sentences in ${code}`, () => {
      for (const sentences of cases) {
        expect(splitSentences(sentences.join(" "), languageByCode(code))).to.deep.equal(sentences);
      }
    });
  }

  it("ends Chinese and Japanese sentences at their full stops", () => {
    expect(splitSentences("水是生命之源。没有水就没有生命！", languageByCode("und"))).to.deep.equal([
      "水是生命之源。",
      "没有水就没有生命！",
    ]);
  });

  it("cuts what has no full stop at commas or spaces, and never inside a character", () => {
    const endless = "one word after another, ".repeat(200).trim();
    const pieces = splitSentences(endless, languageByCode("en"));
    expect(pieces.every((piece) => piece.length <= SENTENCE_CHARS_MAX)).to.equal(true);
    expect(pieces.join(" ")).to.equal(endless);
    const faces = `a${"😀".repeat(1_000)}`;
    expect(splitSentences(faces, languageByCode("en")).every((piece) => piece.isWellFormed())).to.equal(true);
  });
});
