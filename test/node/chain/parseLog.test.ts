import { expect } from "chai";
import { describe, it } from "mocha";
import { getAddress, keccak256, numberToHex } from "viem";
import { AnswerError } from "../../../node/src/chain/parse.ts";
import { createLogForm } from "../../../node/src/chain/parseLog.ts";

const address = `0x${"ab".repeat(20)}` as const;
const [hash, other, topic] = (["0x01", "0x02", "0x03"] as const).map((hex) => keccak256(hex));

const entry = {
  address,
  topics: [topic, hash],
  data: "0xabcd",
  blockNumber: "0x10",
  blockHash: hash,
  transactionHash: other,
  logIndex: "0x0",
  removed: false,
};
const log = {
  address: getAddress(address),
  topics: [topic, hash],
  data: "0xabcd",
  blockNumber: 16n,
  blockHash: hash,
  transactionHash: other,
  logIndex: 0,
};

describe("form of a log", () => {
  it("is read with small letters, checksums and numbers", () => {
    const form = createLogForm();
    expect(form(entry)).to.deep.equal(log);
    const large = { ...entry, data: "0xABCD", blockHash: `0x${hash?.slice(2).toUpperCase()}` };
    expect(form(large)).to.deep.equal(log);
  });

  it("is read anew where an entry differs from the one before, in whichever field", () => {
    const changes = [
      [{ address: `0x${"cd".repeat(20)}` }, { address: getAddress(`0x${"cd".repeat(20)}`) }],
      [{ topics: [topic, other] }, { topics: [topic, other] }],
      [{ topics: [topic] }, { topics: [topic] }],
      [{ topics: [] }, { topics: [] }],
      [{ topics: [topic, hash, other, hash] }, { topics: [topic, hash, other, hash] }],
      [{ data: "0x" }, { data: "0x" }],
      [{ blockNumber: "0x11" }, { blockNumber: 17n }],
      [{ blockHash: other }, { blockHash: other }],
      [{ transactionHash: hash }, { transactionHash: hash }],
      [{ logIndex: numberToHex(2 ** 40) }, { logIndex: 2 ** 40 }],
    ] as const;
    const form = createLogForm();
    for (const [change, expected] of changes) {
      expect(form(entry)).to.deep.equal(log);
      expect(form({ ...entry, ...change })).to.deep.equal({ ...log, ...expected });
    }
  });

  it("is refused for what cannot be, after a good one too, and does not spoil the next", () => {
    const mistakes = [
      null,
      [entry],
      { ...entry, removed: true },
      { ...entry, address: undefined },
      { ...entry, address: "0xab" },
      { ...entry, topics: "0x" },
      { ...entry, topics: [topic, topic, topic, topic, topic] },
      { ...entry, topics: [topic, "0x01"] },
      { ...entry, topics: [undefined] },
      { ...entry, data: "0xabc" },
      { ...entry, data: "0xzz" },
      { ...entry, data: 12 },
      { ...entry, blockNumber: null },
      { ...entry, blockNumber: "10" },
      { ...entry, blockHash: null },
      { ...entry, blockHash: `${hash}00` },
      { ...entry, transactionHash: "0x" },
      { ...entry, logIndex: "0x" },
      { ...entry, logIndex: "0x20000000000000" },
      { ...entry, logIndex: -1 },
    ];
    const form = createLogForm();
    for (const [index, mistake] of mistakes.entries()) {
      expect(() => createLogForm()(mistake), `mistake ${index} first`).to.throw(AnswerError);
      expect(() => form(mistake), `mistake ${index}`).to.throw(AnswerError);
      expect(form(entry), `after mistake ${index}`).to.deep.equal(log);
    }
  });
});
