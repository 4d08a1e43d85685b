import { expect } from "chai";
import { describe, it } from "mocha";
import { CURSOR_HEADERS_MAX } from "../../../node/src/chain/cursor.ts";
import { BACKENDS } from "./backends.ts";
import { digest, failure, GENESIS, headersAfter } from "./helpers.ts";

for (const [name, open] of BACKENDS) {
  describe(`cursor ${name}`, () => {
    it("stands nowhere before it is started", async () => {
      await using test = await open();
      const { cursor } = test.store;
      expect(await cursor.head()).to.equal(undefined);
      expect(await cursor.genesisHash()).to.equal(undefined);
      expect(await cursor.history()).to.deep.equal([]);
      await failure(cursor.advance(headersAfter(GENESIS, 1)), "CURSOR_NOT_STARTED");
      await failure(cursor.rollBack(GENESIS), "CURSOR_NOT_STARTED");
    });

    it("advances along parent hashes and keeps its place through a restart", async () => {
      await using test = await open();
      const headers = headersAfter(GENESIS, 10);
      await test.store.cursor.start(GENESIS.hash, GENESIS);
      await test.store.cursor.advance(headers.slice(0, 3));
      await test.store.cursor.advance([]);
      await test.store.cursor.advance(headers.slice(3));
      const { cursor } = await test.restart();
      expect(await cursor.head()).to.deep.equal(headers.at(-1));
      expect(await cursor.genesisHash()).to.equal(GENESIS.hash);
      expect(await cursor.history()).to.deep.equal([GENESIS, ...headers].reverse());
      expect(await cursor.headerAt(4n)).to.deep.equal(headers[3]);
    });

    it("refuses a gap, a stranger's parent and a repeated block, and stays where it is", async () => {
      await using test = await open();
      const { cursor } = test.store;
      const headers = headersAfter(GENESIS, 5);
      await cursor.start(GENESIS.hash, GENESIS);
      await cursor.advance(headers.slice(0, 2));
      const stranger = headersAfter(GENESIS, 5, "stranger");
      for (const wrong of [
        headers.slice(3),
        stranger.slice(2),
        headers.slice(1, 3),
        [headers[2], headers[2]],
      ]) {
        await failure(cursor.advance(wrong.filter((header) => header !== undefined)), "CURSOR_UNLINKED");
        expect(await cursor.head()).to.deep.equal(headers[1]);
      }
    });

    it("rolls back to a block it has followed, and advances on another branch from there", async () => {
      await using test = await open();
      const { cursor } = test.store;
      const headers = headersAfter(GENESIS, 8);
      await cursor.start(GENESIS.hash, GENESIS);
      await cursor.advance(headers);
      const ancestor = headers[3];
      if (ancestor === undefined) throw new Error("no ancestor");
      await cursor.rollBack(ancestor);
      expect(await cursor.head()).to.deep.equal(ancestor);
      expect(await cursor.headerAt(5n)).to.equal(undefined);
      const branch = headersAfter(ancestor, 6, "branch");
      await cursor.advance(branch);
      expect((await cursor.history()).slice(0, 7)).to.deep.equal([...branch.toReversed(), ancestor]);
    });

    it("never moves back without proof", async () => {
      await using test = await open();
      const { cursor } = test.store;
      const headers = headersAfter(GENESIS, 3);
      await cursor.start(GENESIS.hash, GENESIS);
      await cursor.advance(headers);
      await failure(cursor.rollBack({ number: 2n, hash: digest("not ours") }), "CURSOR_BEYOND_HISTORY");
      await failure(cursor.rollBack({ number: 9n, hash: digest("ahead") }), "CURSOR_BEYOND_HISTORY");
      expect(await cursor.head()).to.deep.equal(headers.at(-1));
    });

    it("keeps a bounded history, however it advances", async () => {
      for (const step of [1, 100, 3 * CURSOR_HEADERS_MAX]) {
        await using test = await open();
        const { cursor } = test.store;
        const headers = headersAfter(GENESIS, CURSOR_HEADERS_MAX + 60);
        await cursor.start(GENESIS.hash, GENESIS);
        for (let from = 0; from < headers.length; from += step)
          await cursor.advance(headers.slice(from, from + step));
        const history = await cursor.history();
        expect(history, `steps of ${step}`).to.deep.equal(headers.slice(-CURSOR_HEADERS_MAX).reverse());
        const oldest = history.at(-1);
        if (oldest === undefined) throw new Error("no history");
        await failure(
          cursor.rollBack({ number: oldest.number - 1n, hash: oldest.parentHash }),
          "CURSOR_BEYOND_HISTORY",
        );
        await cursor.rollBack(oldest);
        expect(await cursor.history()).to.deep.equal([oldest]);
      }
    });

    it("starts anew and forgets what it followed", async () => {
      await using test = await open();
      const { cursor } = test.store;
      await cursor.start(GENESIS.hash, GENESIS);
      await cursor.advance(headersAfter(GENESIS, 20));
      const [elsewhere] = headersAfter(GENESIS, 1, "elsewhere");
      if (elsewhere === undefined) throw new Error("no header");
      await cursor.start(digest("other genesis"), elsewhere);
      expect(await cursor.history()).to.deep.equal([elsewhere]);
      expect(await cursor.genesisHash()).to.equal(digest("other genesis"));
    });
  });
}
