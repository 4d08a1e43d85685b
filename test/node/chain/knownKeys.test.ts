import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { type Hex, keccak256, numberToHex, recoverAddress, stringToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import {
  createKnownKeys,
  type KnownKeys,
  PREPARE_AFTER_SIGNATURES,
  PREPARED_KEYS_MAX,
} from "../../../node/src/chain/knownKeys.ts";

const SEED = 20_261_125;
/** Order of the group of secp256k1 (SEC 2). */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

const account = (n: number) => privateKeyToAccount(keccak256(numberToHex(n)));
const digestOf = (n: number) => keccak256(stringToHex(`digest ${n}`));
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Lets a key become one whose multiples are ready. */
async function prepare(keys: KnownKeys, who: ReturnType<typeof account>): Promise<void> {
  for (let i = 0; i < PREPARE_AFTER_SIGNATURES; i++) {
    const signature = await who.sign({ hash: digestOf(i) });
    expect(await keys.isSignedBy(digestOf(i), signature, who.address)).to.equal(true);
  }
  await turn();
}

/** What recovery says: the reference. */
async function bySlowWay(digest: Hex, signature: Hex, who: ReturnType<typeof account>): Promise<boolean> {
  return recoverAddress({ hash: digest, signature }).then(
    (found) => found === who.address,
    () => false,
  );
}

describe("known keys", function () {
  this.timeout(20_000);

  it(`say of every signature what recovery says, before and after they are prepared (seed ${SEED})`, async () => {
    const [signer, other] = [account(1), account(2)];
    const prepared = createKnownKeys();
    await prepare(prepared, signer);
    const word = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
      fc.constantFrom(0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, 2n ** 256n - 1n),
    );
    const cases = fc.record({
      n: fc.nat(1_000),
      isOther: fc.boolean(),
      r: fc.option(word),
      s: fc.option(word),
      v: fc.option(fc.constantFrom("1b", "1c", "00", "01", "1d", "ff")),
      tail: fc.option(fc.constantFrom("00", "0")),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ n, isOther, r, s, v, tail }) => {
        const good = await (isOther ? other : signer).sign({ hash: digestOf(n) });
        const words = [r ?? BigInt(good.slice(0, 66)), s ?? BigInt(`0x${good.slice(66, 130)}`)];
        const hex = words.map((value) => numberToHex(value, { size: 32 }).slice(2)).join("");
        const signature: Hex = `0x${hex}${v ?? good.slice(130)}${tail ?? ""}`;
        const wanted = await bySlowWay(digestOf(n), signature, signer);
        expect(await prepared.isSignedBy(digestOf(n), signature, signer.address)).to.equal(wanted);
        expect(await createKnownKeys().isSignedBy(digestOf(n), signature, signer.address)).to.equal(wanted);
      }),
      { seed: SEED, numRuns: 150 },
    );
  });

  it("take the mirrored signature, which recovery takes, and not one with the wrong v", async () => {
    const keys = createKnownKeys();
    const signer = account(1);
    await prepare(keys, signer);
    const digest = digestOf(9);
    const good = await signer.sign({ hash: digest });
    const flipped = good.endsWith("1b") ? "1c" : "1b";
    const s = numberToHex(ORDER - BigInt(`0x${good.slice(66, 130)}`), { size: 32 }).slice(2);
    const mirrored: Hex = `0x${good.slice(2, 66)}${s}${flipped}`;
    expect(await keys.isSignedBy(digest, mirrored, signer.address)).to.equal(true);
    expect(await bySlowWay(digest, mirrored, signer)).to.equal(true);
    expect(await keys.isSignedBy(digest, `${good.slice(0, 130)}${flipped}` as Hex, signer.address)).to.equal(
      false,
    );
    expect(await keys.isSignedBy(digestOf(8), good, signer.address)).to.equal(false);
    expect(await keys.isSignedBy(digest, good, account(2).address)).to.equal(false);
  });

  it("forget the longest unused beyond their limit, and go on knowing the others", async () => {
    const keys = createKnownKeys();
    const signers = Array.from({ length: PREPARED_KEYS_MAX + 3 }, (_, n) => account(n + 10));
    for (const signer of signers) await prepare(keys, signer);
    for (const signer of signers) {
      const signature = await signer.sign({ hash: digestOf(99) });
      expect(await keys.isSignedBy(digestOf(99), signature, signer.address)).to.equal(true);
    }
  });
});
