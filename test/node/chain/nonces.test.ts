import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { createNonces } from "../../../node/src/chain/nonces.ts";

describe("nonces", () => {
  it("give no nonce twice at once, and freed ones before new ones (N1)", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 60 }), fc.nat(5), (steps, first) => {
        const nonces = createNonces({ first, used: [], unused: first });
        const held = new Set<number>();
        for (const step of steps) {
          const given = [...held].sort((a, b) => a - b);
          const freed = given[step];
          if (step % 2 === 1 && freed !== undefined) {
            held.delete(freed);
            nonces.free(freed);
          } else {
            const next = nonces.next();
            expect(held.has(next)).to.equal(false);
            expect(next).to.equal(lowestFree(held, first));
            nonces.take(next);
            held.add(next);
          }
          const top = Math.max(first - 1, ...held);
          expect(nonces.unused).to.equal(top + 1);
          expect(nonces.gaps()).to.deep.equal(range(first, top).filter((nonce) => !held.has(nonce)));
        }
      }),
      { seed: 7 },
    );
  });

  it("take up what is in use", () => {
    const nonces = createNonces({ first: 4, used: [5, 7, 3], unused: 10 });
    expect(nonces.gaps()).to.deep.equal([4, 6]);
    expect(nonces.unused).to.equal(8);
    expect(nonces.next()).to.equal(4);
    expect(() => nonces.take(5)).to.throw("not free");
    expect(() => nonces.free(6)).to.throw("not in use");
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

function lowestFree(held: ReadonlySet<number>, first: number): number {
  let nonce = first;
  while (held.has(nonce)) nonce += 1;
  return nonce;
}
