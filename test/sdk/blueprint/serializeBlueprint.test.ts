import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { BLUEPRINT_BYTES_MAX, PROMPT_BYTES_MAX } from "../../../sdk/src/blueprint/limits.ts";
import { parseBlueprint } from "../../../sdk/src/blueprint/parseBlueprint.ts";
import { serializeBlueprint } from "../../../sdk/src/blueprint/serializeBlueprint.ts";

const name = fc.stringMatching(/^[A-Za-z0-9 _-]{1,32}$/);
/** Any text that the contracts take: lines, colons, quotes, leading spaces and signs of YAML's own. */
const text = fc
  .string({
    unit: fc.constantFrom("a", " ", "\n", ":", "#", "-", "'", '"', "\\", "|", ">", "é", "\t", "{", "0"),
  })
  .filter((value) => value !== "" && value.length < PROMPT_BYTES_MAX / 4);

describe("serializeBlueprint", () => {
  it("writes what parseBlueprint reads as the same, whatever texts are in it", () => {
    fc.assert(
      fc.property(name, text, text, (task, prompt, role) => {
        const written = serializeBlueprint({
          slug: "any-thing",
          name: "Any: thing",
          description: prompt.slice(0, 100),
          fee: "0.5 ether",
          windowSeconds: 30,
          attempts: 2,
          inputs: ["question", "document"],
          agents: [
            { name: "known", id: 7, role },
            { name: "new", model: 3, temperature: 0.5, tokensMax: 100 },
          ],
          tasks: [
            { name: task, agent: "known", prompt },
            { name: `${task.slice(0, 30)}-2`, agent: "new", prompt, quorum: 2, dependsOn: [] },
          ],
        });
        expect(written.length).to.be.below(BLUEPRINT_BYTES_MAX);
        const read = parseBlueprint(written);
        expect(read.tasks.map((one) => [one.name, one.prompt, one.dependsOn])).to.deep.equal([
          [task, prompt, []],
          [`${task.slice(0, 30)}-2`, prompt, []],
        ]);
        expect(read.agents.map((one) => [one.id, one.model, one.role])).to.deep.equal([
          [7n, undefined, role],
          [undefined, 3n, ""],
        ]);
        expect(read).to.deep.include({ feeWei: 500_000_000_000_000_000n, attempts: 2 });
      }),
    );
  });

  it("leaves out what is undefined, and leaves a long line whole", () => {
    const prompt = "word ".repeat(100).trim();
    const written = serializeBlueprint({
      slug: "one",
      name: "One",
      description: undefined,
      windowSeconds: 30,
      agents: [{ name: "writer", model: 1 }],
      tasks: [{ name: "write", agent: "writer", prompt }],
    });
    expect(written).to.include(`prompt: ${prompt}\n`).and.not.include("description");
  });
});
