import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { filesIn, makeWorld, repositoryDigest, writeAt } from "./world.ts";

const AGENTS = 20;
const STEPS = 4;

/** A small generator of numbers that a seed decides. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

describe("twenty agents in one repository at once", function () {
  // Each step is several processes, and other tests run beside.
  this.timeout(90_000);
  const seed = Number(process.env.FOLDERS_SEED ?? 20_241);
  it(`disturb nobody's files but their own (seed ${seed})`, async function () {
    this.timeout(180_000);
    const world = makeWorld();
    const before = repositoryDigest(world.project);
    const folders = await world.folders();
    await Promise.all(
      Array.from({ length: AGENTS }, async (_, index) => {
        const random = randomOf(seed + index);
        const agent = `agent-${index}`;
        const { path } = await folders.create({ agent, project: world.project });
        let expected = filesIn(path);
        const kept = new Map<number, Record<string, string>>();
        for (let step = 0; step < STEPS; step += 1) {
          const what = random(4);
          if (what === 0 && kept.size > 0) {
            const number = [...kept.keys()][random(kept.size)] as number;
            await folders.rollback(agent, number);
            expected = { ...kept.get(number) };
          } else if (what === 1) {
            const run = await folders.beginRun(agent);
            kept.set(run.checkpoint.number, { ...expected });
            expect((await run.end()).leak, `${agent} step ${step}`).to.equal(undefined);
          } else if (what === 2 && Object.keys(expected).length > 1) {
            const name = Object.keys(expected)[random(Object.keys(expected).length)] as string;
            rmSync(join(path, name));
            delete expected[name];
          } else {
            const name = `${["src", "lib", "deep/er"][random(3)]}/file-${random(4)}`;
            expected[name] = `${agent} ${step} ${random(1_000)}\n`;
            writeAt(join(path, name), expected[name] ?? "");
            const { number } = await folders.checkpoint(agent, `step ${step}`);
            kept.set(number, { ...expected });
          }
          expect(filesIn(path), `${agent} step ${step}`).to.deep.equal(expected);
        }
      }),
    );
    expect(repositoryDigest(world.project)).to.deep.equal(before);
    expect(readdirSync(join(world.data, "trees"))).to.have.length(AGENTS);
  });
});
