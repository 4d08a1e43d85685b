import { fairnessIndex } from "../../../../node/src/manager/scaling/shares.ts";
import { playDoubled, playFaults, playLoad, playOverload } from "./scenarios.ts";

const from = Number(process.argv[2] ?? 1),
  to = Number(process.argv[3] ?? 2);
const only = process.argv[4];
for (let seed = from; seed <= to; seed++) {
  for (const [name, play] of [
    ["load", playLoad],
    ["faults", playFaults],
  ] as const) {
    if (only && only !== name) continue;
    const t = performance.now();
    const { wrong, run } = await play(String(seed));
    const acts: Record<string, number> = {};
    for (const d of run.driver.deeds) acts[d.step.act] = (acts[d.step.act] ?? 0) + 1;
    console.log(
      name,
      seed,
      Math.round(performance.now() - t),
      "ms",
      JSON.stringify(acts),
      "reverted",
      run.driver.reverted.length,
      "faults",
      run.faults.length,
    );
    for (const [oracle, sentences] of wrong) if (sentences.length) console.log("  ", oracle, sentences);
    if (process.argv[5]) for (const r of run.driver.reverted) console.log(r.atMs, r.why);
  }
  if (!only || only === "over") {
    const { outcome, used } = await playOverload(String(seed));
    console.log("overload", seed, fairnessIndex(used), used.join());
    for (const [o, s] of outcome.wrong) if (s.length) console.log("  ", o, s);
  }
  if (!only || only === "doubled") {
    const { outcome, share } = await playDoubled(String(seed));
    console.log("doubled", seed, share);
    for (const [o, s] of outcome.wrong) if (s.length) console.log("  ", o, s);
  }
}
