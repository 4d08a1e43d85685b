import { generateKeyPairSync, sign } from "node:crypto";
import { expect } from "chai";
import { describe, it } from "mocha";
import { isLogEntrySigned } from "../../../sdk/src/log/isLogEntrySigned.ts";
import { LOG_ENTRY_TAG } from "../../../sdk/src/types/logEntry.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const KEY = new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(-32));
const BODY = new TextEncoder().encode("what is signed");
const entryOf = (signature: Uint8Array) => ({ bytes: new Uint8Array(Buffer.concat([BODY, signature])) });
const ENTRY = entryOf(sign(null, Buffer.concat([LOG_ENTRY_TAG, BODY]), privateKey));

describe("isLogEntrySigned", () => {
  it("holds for what OpenSSL signed with that key, and for no other key, bytes or tag", async () => {
    const other = new Uint8Array(KEY).fill(3);
    const bent = { bytes: Uint8Array.from(ENTRY.bytes, (byte, index) => (index === 0 ? byte ^ 1 : byte)) };
    expect(await isLogEntrySigned(ENTRY, KEY)).to.equal(true);
    expect(await isLogEntrySigned(ENTRY, other)).to.equal(false);
    expect(await isLogEntrySigned(bent, KEY)).to.equal(false);
    expect(await isLogEntrySigned(entryOf(sign(null, BODY, privateKey)), KEY)).to.equal(false);
  });

  it("asks the check that it is given, with signature, message and key", async () => {
    const asked: Uint8Array[][] = [];
    await isLogEntrySigned(ENTRY, KEY, (...given) => {
      asked.push(given);
      return false;
    });
    const message = new Uint8Array(Buffer.concat([LOG_ENTRY_TAG, BODY]));
    expect(asked).to.deep.equal([[ENTRY.bytes.subarray(-64), message, KEY]]);
  });
});
