import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { describe, it } from "mocha";

describe("withoutEval", () => {
  it("keeps the blueprint's schema from making code, where it is imported first", () => {
    const program = (first: string) => `
      ${first}
      const made = [];
      globalThis.Function = new Proxy(Function, { construct(_target, given) { made.push(given); throw new EvalError("no"); } });
      const { parseBlueprint } = await import("@pleiad/sdk/blueprint/parseBlueprint");
      parseBlueprint("slug: one\\nname: One\\nwindowSeconds: 30\\nagents: [{ name: a, model: 1 }]\\ntasks: [{ name: t, agent: a, prompt: p }]\\n");
      console.log(made.length);`;
    const run = (first: string) => {
      const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program(first)], {
        encoding: "utf8",
      });
      return stdout.trim() || stderr;
    };
    expect(run('await import("@pleiad/sdk/blueprint/withoutEval");')).to.equal("0");
    // So the test would notice.
    expect(Number(run(""))).to.be.above(0);
  });
});
