import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { openStore } from "../../../node/src/store/open.ts";
import { setAside } from "../../../node/src/store/setAside.ts";
import { createSpendingFile, SPENDING_FILE } from "../../../node/src/store/spendingFile.ts";
import { CHAIN, logger, temporaryFolder } from "./helpers.ts";

const ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const OTHER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const HOURS = [
  { fromSeconds: 3_600, costWei: 2n ** 80n, otherWei: 5n },
  { fromSeconds: 7_200, costWei: 1n, otherWei: 0n },
];

describe("the record of what was spent", () => {
  it("is what was written, for that account alone", async () => {
    await using folder = await temporaryFolder();
    const file = createSpendingFile(join(folder.path, SPENDING_FILE), { logger });
    expect(await file.read(ACCOUNT)).to.deep.equal([]);
    await file.write(ACCOUNT, HOURS);
    expect(await file.read(ACCOUNT)).to.deep.equal(HOURS);
    expect(await file.read(ACCOUNT.toLowerCase() as typeof ACCOUNT)).to.deep.equal(HOURS);
    expect(await file.read(OTHER)).to.deep.equal([]);
    expect(await readdir(folder.path), "and nothing beside it").to.deep.equal([SPENDING_FILE]);
  });

  it("is put away where it is damaged", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, SPENDING_FILE);
    const file = createSpendingFile(path, { logger });
    for (const text of [
      "{",
      "{}",
      JSON.stringify({ about: "", account: ACCOUNT, hours: [{ costWei: "-" }] }),
    ]) {
      await writeFile(path, text);
      expect(await file.read(ACCOUNT), text).to.deep.equal([]);
    }
    const names = await readdir(folder.path);
    expect(names.filter((name) => name.startsWith(`${SPENDING_FILE}.damaged-`))).to.have.length(3);
    expect(names).not.to.include(SPENDING_FILE);
  });

  it("outlives a database that is set aside", async () => {
    await using folder = await temporaryFolder();
    const first = await openStore({ ...CHAIN, dataFolder: folder.path }, { logger });
    await first.spending.write(ACCOUNT, HOURS);
    await first.close();
    await setAside(folder.path);
    const second = await openStore({ ...CHAIN, dataFolder: folder.path }, { logger });
    expect(await second.spending.read(ACCOUNT)).to.deep.equal(HOURS);
    await second.close();
  });
});
