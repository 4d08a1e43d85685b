import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { createTextIndex, type Document } from "../../../node/src/workspace/recall/textIndex.ts";

const SEED = Number(process.env.PLEIAD_TEST_SEED ?? 20_260_101);
const WORDS = ["light", "lighthouse", "house", "horse", "sea", "season", "storm", "keeper", "keep", "red"];

const document = (id: number): fc.Arbitrary<Document> =>
  fc
    .array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 12 })
    .map((words) => ({ id: String(id), text: words.join(" "), tags: words.slice(0, id % 3) }));

describe("text index", () => {
  it(`that was brought up to date finds as one that is made anew (seed ${SEED})`, async () => {
    const documents = fc.tuple(...Array.from({ length: 40 }, (_, id) => document(id)));
    const stages = fc.array(fc.subarray(Array.from({ length: 40 }, (_, id) => id)), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(documents, stages, async (all, steps) => {
        const kept = createTextIndex();
        for (const step of steps) {
          const list = all.filter((_one, id) => step.includes(id));
          await kept.update(list);
          const fresh = createTextIndex();
          await fresh.update(list);
          for (const query of ["lighthouse keeper", "hause", "sea storm red"])
            expect(kept.search(query)).to.deep.equal(fresh.search(query));
        }
      }),
      { seed: SEED, numRuns: 40 },
    );
  });
});
