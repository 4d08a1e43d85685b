import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { decodeEnvelope, encodeEnvelope } from "../../../node/src/store/envelope.ts";

const SEED = 20_260_102;

describe("envelope", () => {
  it("gives back what it was given, under the same key only", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(), fc.jsonValue(), (key, other, sequence, payload) => {
        const bytes = encodeEnvelope(key, sequence, payload);
        const envelope = decodeEnvelope(key, bytes);
        expect(envelope.payload).to.deep.equal(JSON.parse(JSON.stringify(payload)));
        expect(envelope.sequence).to.equal(sequence);
        if (other !== key) expect(() => decodeEnvelope(other, bytes)).to.throw("damaged");
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it("notices every change of its bytes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.integer({ min: 1, max: 255 }), (payload, position, change) => {
        const bytes = encodeEnvelope("key", 7, payload);
        const index = position % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ change;
        expect(() => decodeEnvelope("key", bytes)).to.throw('damaged at "key"');
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});
