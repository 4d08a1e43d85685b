import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { createAddressBook } from "../../../node/src/network/addressBook.ts";
import {
  ADDRESS_BOOK_BYTES_MAX,
  ADDRESS_BOOK_MAX,
  ADDRESS_BOOK_WRITE_MS,
  ADDRESS_EXPIRES_SECONDS,
  ADDRESSES_PER_NODE_MAX,
} from "../../../node/src/network/limits.ts";
import { fakeClock, temporaryFolder, until } from "./support.ts";

const PEER = "12D3KooWBrfYXdVyo9TEyJDdMtThLEPZWZ8Yyn9xzFCzfVn7jNWq";
const addressAt = (port: number) => `/ip4/127.0.0.1/tcp/${port}/p2p/${PEER}`;

async function setting(wanted: readonly bigint[] = []) {
  const path = join(await temporaryFolder(), "addresses.json");
  const clock = fakeClock();
  const logged: string[] = [];
  const logger = pino({ level: "warn" }, { write: (line: string) => void logged.push(line) });
  const make = () => createAddressBook({ path }, { wantedNodes: () => wanted, clock, logger });
  const addresses = (book = make()) => book.list().map(({ address }) => address);
  return { path, clock, logged, make, addresses };
}

describe("address book", () => {
  it("is there again at the next start, the latest first, in a file of its own", async () => {
    const { path, make, addresses, clock, logged } = await setting();
    const book = make();
    await book.load();
    book.reached(1n, addressAt(1), PEER);
    clock.advance(1_000);
    book.reached(2n, "/ip4/127.0.0.1/tcp/2", PEER);
    book.reached(1n, addressAt(1), PEER);
    await book.stop();
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    const again = make();
    await again.load();
    expect(addresses(again)).to.deep.equal([addressAt(1), addressAt(2)]);
    expect(again.list()).to.deep.equal(book.list());
    expect(logged).to.deep.equal([]);
  });

  it("is written soon after a change, without waiting for the end", async () => {
    const { path, make, clock } = await setting();
    const book = make();
    book.reached(1n, addressAt(1), PEER);
    clock.advance(ADDRESS_BOOK_WRITE_MS);
    let content = "";
    await until("it is written", () => {
      readFile(path, "utf8").then(
        (read) => {
          content = read;
        },
        () => undefined,
      );
      return content.includes(addressAt(1));
    });
    await book.stop();
  });

  it("forgets what is old, and keeps so many of a node and in all, those of wanted nodes longest", async () => {
    const { make, addresses, clock } = await setting([7n]);
    const book = make();
    for (let port = 1; port <= ADDRESSES_PER_NODE_MAX + 2; port++) book.reached(7n, addressAt(port), PEER);
    const ofSeven = Array.from({ length: ADDRESSES_PER_NODE_MAX }, (_, index) =>
      addressAt(index + 3),
    ).reverse();
    expect(addresses(book)).to.deep.equal(ofSeven);
    for (let node = 100; node < 100 + 2 * ADDRESS_BOOK_MAX; node++)
      book.reached(BigInt(node), addressAt(node), PEER);
    expect(addresses(book).length).to.equal(ADDRESS_BOOK_MAX);
    expect(addresses(book).slice(-ADDRESSES_PER_NODE_MAX)).to.deep.equal(ofSeven);
    clock.advance(Number(ADDRESS_EXPIRES_SECONDS + 1n) * 1_000);
    expect(addresses(book)).to.deep.equal([]);
    // Time has passed, so it is being written.
    await book.stop();
  });

  it("takes no form of address that is not dialed", async () => {
    const { make, addresses } = await setting();
    const book = make();
    book.reached(1n, "/ip4/127.0.0.1/udp/1/quic-v1", PEER);
    expect(addresses(book)).to.deep.equal([]);
  });

  for (const [what, damage] of [
    ["half written", (whole: string) => whole.slice(0, whole.length / 2)],
    ["changed", (whole: string) => whole.replace("tcp/1/", "tcp/9/")],
    ["empty", () => ""],
    ["far too large", (whole: string) => whole.trimEnd() + " ".repeat(ADDRESS_BOOK_BYTES_MAX)],
    ["of another version", (whole: string) => whole.replace('"version":1', '"version":2')],
  ] as const)
    it(`that is ${what} is told, counts for nothing, and is written anew`, async () => {
      const { path, make, addresses, logged } = await setting();
      const book = make();
      book.reached(1n, addressAt(1), PEER);
      await book.stop();
      await writeFile(path, damage(await readFile(path, "utf8")));
      const damaged = make();
      await damaged.load();
      expect(addresses(damaged)).to.deep.equal([]);
      expect(logged.join()).to.include("ADDRESS_BOOK_DAMAGED");
      damaged.reached(2n, addressAt(2), PEER);
      await damaged.stop();
      const rebuilt = make();
      await rebuilt.load();
      expect(addresses(rebuilt)).to.deep.equal([addressAt(2)]);
    });
});
