import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import pino from "pino";
import { KEPT_ENTRIES_MAX } from "../../../../node/src/workspace/limits.ts";
import { createEntryStore } from "../../../../node/src/workspace/log/entryStore.ts";
import { decodePruning, encodePruning } from "../../../../node/src/workspace/log/prune.ts";
import { createPruner, OWN_BYTES_MAX } from "../../../../node/src/workspace/pruner.ts";
import type { Space } from "../../../../node/src/workspace/space.ts";
import { bring, CLUSTER, codeOf, type Member, openMember, settle, threeMembers, tidyUp } from "./support.ts";

afterEach(tidyUp);

/** Says lines numbered from one number to another. */
async function sayMany(member: Member, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number++) await member.say(`line ${number}`);
}

/** Drops what is older than the newest few, but every tenth line. */
function pruneButTenths(member: Member): Promise<number> {
  const held = new Set(
    member.heard
      .filter(({ feed, data }) => feed.node === member.node && String(data.text).endsWith("0"))
      .map(({ id }) => id),
  );
  return member.log.prune({ isHeld: (id) => held.has(id), leave: 5 });
}

const LEFT = ["line 10", "line 20", "line 26", "line 27", "line 28", "line 29", "line 30"];

describe("pruning of a cluster log", () => {
  it("drops what nothing stands by from the disk of every member, and keeps the rest", async () => {
    const { all } = await threeMembers();
    const [one, two] = all;
    await sayMany(one, 1, 30);
    await settle(one, two);
    // Keys come before the first line, and the pruning itself comes last.
    const dropped = await pruneButTenths(one);
    expect(dropped).to.equal(23);
    await settle(one, two);
    for (const member of [one, two]) {
      await member.log.rebuild();
      expect(member.texts(), `node ${member.node}`).to.deep.equal(LEFT);
    }
  });

  it("leaves nothing to do the second time", async () => {
    const { all } = await threeMembers();
    await sayMany(all[0], 1, 30);
    await pruneButTenths(all[0]);
    await all[0].log.rebuild();
    const again = await all[0].log.prune({ isHeld: () => true, leave: 6 });
    expect(again).to.equal(0);
  });

  it("brings a newcomer what is kept and all that follows, also in many small answers", async () => {
    const { all, certificates, membership } = await threeMembers();
    const [one] = all;
    await sayMany(one, 1, 30);
    await pruneButTenths(one);
    await sayMany(one, 31, 32);
    membership.change([1n, 2n, 3n, 5n]);
    const newcomer = await openMember(certificates, 5n, { membership });
    membership.change();
    await one.say("line 33");
    for (let round = 0; round < 40; round++) {
      const { parcel } = await one.log.since(newcomer.log.vector(), 700);
      await newcomer.log.take(parcel, "1");
    }
    await one.log.rebuild();
    expect(newcomer.texts()).to.deep.equal([...LEFT, "line 31", "line 32", "line 33"]);
    expect(newcomer.texts()).to.deep.equal(one.texts());
    // And it can hand on what it has.
    const later = await openMember(certificates, 6n, { membership });
    membership.change([1n, 2n, 3n, 5n, 6n]);
    await one.say("line 34");
    await bring(one, newcomer);
    await settle(newcomer, later);
    expect(later.texts()).to.deep.equal(newcomer.texts());
  });

  it("lets a member that was away in the middle go on from the base", async () => {
    const { all } = await threeMembers();
    const [one, two] = all;
    await sayMany(one, 1, 14);
    await bring(one, two);
    await sayMany(one, 15, 30);
    await pruneButTenths(one);
    await settle(one, two);
    await two.log.rebuild();
    expect(two.texts()).to.deep.equal(LEFT);
    await sayMany(one, 31, 31);
    await bring(one, two);
    expect(two.texts().at(-1)).to.equal("line 31");
  });

  it("is time when a few long entries have grown beside the many short ones that it waits for, and not again at once", async () => {
    const { all } = await threeMembers();
    const [one] = all;
    const held = new Set<string>();
    const space = { log: one.log, views: { held: () => held }, settled: async () => {} } as unknown as Space;
    const pruner = createPruner(
      { above: 1_000, grownBytes: 50_000, leaveBytes: 12_000 },
      { spaces: () => [space], logger: pino({ level: "silent" }) },
    );
    for (let round = 0; round < 4; round++) held.add((await one.say("k".repeat(10_000))).id);
    expect(await pruner.look()).to.equal(0);
    for (let round = 0; round < 4; round++) await one.say("x".repeat(10_000));
    expect(await pruner.look()).to.equal(3);
    expect(one.log.status().ownBytes).to.be.within(50_000, 60_000);
    expect(await pruner.look()).to.equal(0);
    expect(await one.log.prune({ isHeld: () => true, leave: 1_000 })).to.equal(0);
    pruner.stop();
  });

  it("warns once where what is kept, or said, nears its most, and again after there was room", async () => {
    const warnings: unknown[] = [];
    const logger = pino({ level: "warn" }, { write: (line: string) => void warnings.push(JSON.parse(line)) });
    const status = { own: { pruned: { to: 5, keptHere: 0 } }, ownBytes: 0 };
    const space = { cluster: 7n, log: { status: () => status } } as unknown as Space;
    const pruner = createPruner({ grownBytes: OWN_BYTES_MAX }, { spaces: () => [space], logger });
    const set = (keptHere: number, ownBytes: number) =>
      Object.assign(status, { own: { sequence: 5, pruned: { to: 5, keptHere } }, ownBytes });
    for (const [keptHere, ownBytes, expected] of [
      [0, 0, 0],
      [KEPT_ENTRIES_MAX * 0.8, 0, 1],
      [KEPT_ENTRIES_MAX, 0, 1],
      [0, 0, 1],
      [0, OWN_BYTES_MAX * 0.9, 2],
    ] as const) {
      set(keptHere, Math.ceil(ownBytes));
      await pruner.look();
      expect(warnings).to.have.length(expected);
    }
    expect(warnings[0]).to.include({ code: "LOG_NEARLY_FULL" });
    pruner.stop();
  });

  it("stays as it is over a restart", async () => {
    const { all, certificates, membership } = await threeMembers();
    const [one] = all;
    await sayMany(one, 1, 30);
    await pruneButTenths(one);
    await one.log.stop();
    const { backend, folder, identity } = one;
    const again = await openMember(certificates, 1n, { backend, folder, identity, membership });
    expect(again.texts()).to.deep.equal(LEFT);
    await again.say("line 31");
    expect(again.log.status().own?.feed).to.deep.equal(one.log.status().own?.feed);
  });

  it("takes no word for a base that another entry stands at here, nor for an entry that is not kept", async () => {
    const { all } = await threeMembers();
    const [one, two, three] = all;
    await sayMany(one, 1, 30);
    await settle(...all);
    const whole = await createEntryStore(CLUSTER, three.backend).entry(
      one.log.status().own?.feed ?? { node: 1n, generation: 0 },
      4,
    );
    await pruneButTenths(one);
    await bring(one, two);
    const taken = await two.log.take({ kept: [whole?.bytes ?? new Uint8Array()] });
    expect(taken.added).to.equal(0);
    await two.log.rebuild();
    expect(two.texts()).to.deep.equal(LEFT);
  });

  it("writes what it drops in a form that is read again, and refuses any other", async () => {
    const pruning = {
      generation: 1_790_000_000_000,
      base: { sequence: 900, hash: `0x${"ab".repeat(32)}` as const, stamp: 77n },
      kept: [1, 2, 40, 899, 900],
    };
    expect(decodePruning(encodePruning(pruning))).to.deep.equal(pruning);
    const broken = async (kept: string) =>
      decodePruning(
        new TextEncoder().encode(
          JSON.stringify({ generation: 1, sequence: 5, hash: pruning.base.hash, stamp: "1", kept }),
        ),
      );
    for (const kept of ["0", "1 0", "6", "a b", "-1", "1  1", "%"])
      expect(await codeOf(broken(kept)), kept).to.equal("PRUNING_MALFORMED");
  });
});
