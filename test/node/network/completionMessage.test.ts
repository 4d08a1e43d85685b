import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { decodeCompletion, encodeCompletion } from "../../../node/src/network/completionMessage.ts";
import { COMPLETION_MESSAGE_BYTES_MAX, OUTPUT_INLINE_BYTES_MAX } from "../../../node/src/network/limits.ts";
import { codeOf, DirectoryFake, register, signedCompletion } from "./support.ts";

const SEED = 20_261;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

describe("completion message", () => {
  it("comes back the same, with the largest output and with none, inside its bound", async () => {
    const node = register(new DirectoryFake(), 2n);
    for (const output of [new Uint8Array(0), new Uint8Array(OUTPUT_INLINE_BYTES_MAX).fill(255), undefined]) {
      const message = await signedCompletion(node, {
        output,
        execution: 2n ** 256n - 1n,
        tip: 2n ** 255n,
        task: 65_535,
      });
      const encoded = encodeCompletion(message);
      expect(encoded.length).to.be.lessThan(COMPLETION_MESSAGE_BYTES_MAX);
      expect(decodeCompletion(encoded)).to.deep.equal(message);
    }
  });

  it("refuses what is not exactly a completion", async () => {
    const good = text(encodeCompletion(await signedCompletion(register(new DirectoryFake(), 2n))));
    const changes: [string, string | RegExp, string][] = [
      ["another version", '"v":1', '"v":2'],
      ["an unknown field", '"v":1', '"v":1,"more":1'],
      ["a prototype", '"v":1', '"v":1,"__proto__":{}'],
      ["a number for an id", '"execution":"1"', '"execution":1'],
      ["a negative id", '"execution":"1"', '"execution":"-1"'],
      ["an id beyond 256 bits", '"execution":"1"', `"execution":"${2n ** 256n}"`],
      ["a task beyond 16 bits", '"task":0', '"task":65536'],
      ["a fractional task", '"task":0', '"task":0.5'],
      ["a short digest", /"contextHash":"0x00/, '"contextHash":"0x'],
      ["upper-case hex", /"signature":"0x[0-9a-f]/, '"signature":"0xA'],
      ["output that is not base64", /"output":"../, '"output":"*!'],
      ["output without its padding", /=+"/, '"'],
      ["a missing field", '"tip":"0",', ""],
      ["trailing text", /$/, "x"],
      ["deep nesting", '"tip":"0"', `"tip":${"[".repeat(5_000)}${"]".repeat(5_000)}`],
    ];
    for (const [what, from, to] of changes) {
      const changed = good.replace(from, to);
      expect(changed, what).not.to.equal(good);
      expect(await codeOf(() => decodeCompletion(bytes(changed))), what).to.equal("MESSAGE_MALFORMED");
    }
    const padded = bytes(good.padEnd(COMPLETION_MESSAGE_BYTES_MAX + 1));
    expect(await codeOf(() => decodeCompletion(padded))).to.equal("MESSAGE_OVERSIZED");
    const notUtf8 = Uint8Array.from(bytes(good)).fill(0xff, 10, 11);
    expect(await codeOf(() => decodeCompletion(notUtf8))).to.equal("MESSAGE_MALFORMED");
  });

  it(`answers any bytes with a value or a typed error (seed ${SEED})`, async () => {
    const good = encodeCompletion(await signedCompletion(register(new DirectoryFake(), 2n)));
    const property = fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      async (changes) => {
        const changed = Uint8Array.from(good);
        for (const [at, byte] of changes) changed[at] = byte;
        await codeOf(() => decodeCompletion(changed));
      },
    );
    await fc.assert(property, { seed: SEED, numRuns: 300 });
  });
});
