import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { decodeEntry } from "../../../../node/src/workspace/log/entry.ts";
import { decodeParcel, encodeParcel } from "../../../../node/src/workspace/log/parcel.ts";
import { forge } from "./forging.ts";
import { bytesOf, settle, threeMembers, tidyUp } from "./support.ts";

afterEach(tidyUp);

describe("a cluster log among hostile members", () => {
  it("answers no more items than a parcel may have, and says that there is more", async () => {
    const { all } = await threeMembers();
    const [one, two] = all;
    await Promise.all(Array.from({ length: 5_000 }, (_, index) => one.say(`${index}`)));
    const { parcel, more } = await one.log.since([], 4 * 1024 * 1024);
    expect(more).to.equal(true);
    await two.log.take(decodeParcel(encodeParcel(parcel)));
    const rest = await one.log.since(two.log.vector(), 4 * 1024 * 1024);
    expect(rest.more).to.equal(false);
    await two.log.take(rest.parcel);
    expect(two.texts()).to.have.length(5_000);
  });

  it("counts proofs of forks into the bytes of an answer, and tells one of each feed", async () => {
    const { all } = await threeMembers();
    const [one, two] = all;
    for (const text of ["a", "b", "c", "d"]) await two.say(text);
    await settle(...all);
    const entries = await bytesOf(two);
    for (const at of [-1, -2]) {
      const original = entries.at(at) ?? new Uint8Array();
      const twin = forge(two, original, {
        sequence: decodeEntry(original).sequence,
        body: "x".repeat(60_000),
      });
      await one.log.take({ forks: [[original, twin]] });
      one.wall.ms += 3_600_000;
    }
    const whole = await one.log.since([], 1 << 20);
    expect(whole.parcel.forks).to.have.length(1);
    const small = await one.log.since([], 50_000);
    expect(small.parcel.entries).to.deep.equal([]);
    expect(small.more).to.equal(true);
  });
});
