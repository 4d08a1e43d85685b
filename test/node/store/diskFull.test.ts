import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { openAt } from "./folders.ts";
import { temporaryFolder } from "./helpers.ts";

const CHILD = join(import.meta.dirname, "child.ts");
/** Files end here, in blocks of 512 bytes (POSIX `ulimit -f`): the disk's "full" without filling a disk. */
const FILE_BLOCKS_MAX = 200;
/** Each is about 4 KiB of output, so that several of them meet the limit. */
const ATTEMPTS = 80;

describe("a store on a full disk", () => {
  it("says so, keeps whatever it acknowledged before and after, and nothing else", async () => {
    await using folder = await temporaryFolder();
    const command = `ulimit -f ${FILE_BLOCKS_MAX} && exec "$0" "$@"`;
    const child = spawn("sh", ["-c", command, process.execPath, CHILD, "fill", folder.path, `${ATTEMPTS}`], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const [message] = await once(child, "message");
    await once(child, "exit");
    const { acknowledged, failures } = message as { acknowledged: number[]; failures: string[] };
    expect(failures).to.deep.equal(["STORE_FULL retryable"]);
    const refused = Array.from({ length: ATTEMPTS }, (_, index) => index + 1).filter(
      (n) => !acknowledged.includes(n),
    );
    expect(refused.length, "met the limit more than once").to.be.greaterThan(1);
    expect(acknowledged.at(-1), "carried on after it").to.be.greaterThan(refused[0] ?? ATTEMPTS);

    const store = await openAt(folder.path);
    const answered = (await store.journal.jobs.live()).filter(({ output }) => output !== null);
    expect(answered.map(({ execution }) => Number(execution))).to.deep.equal(acknowledged);
    await store.close();
  });
});
