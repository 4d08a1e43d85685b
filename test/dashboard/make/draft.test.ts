import { parseBlueprint } from "@pleiad/sdk/blueprint/parseBlueprint";
import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
  type Draft,
  type DraftTask,
  depthOf,
  draftOf,
  freeName,
  goesInCircle,
  inOrder,
  newAgent,
  newDraft,
  newTask,
  slugFor,
} from "../../../dashboard/src/views/make/draft.ts";
import { draftIn, readingOf } from "../../../dashboard/src/views/make/reading.ts";

const noModel = () => undefined;

/** Tasks with lines as somebody might draw them, one after the other, where they go in no circle. */
const drawn = fc
  .tuple(fc.integer({ min: 1, max: 8 }), fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 24 }))
  .map(([count, lines]) => {
    let tasks: DraftTask[] = Array.from({ length: count }, (_, n) =>
      newTask({ name: `task ${n}`, prompt: "Do." }),
    );
    for (const [from, to] of lines) {
      const [on, task] = [tasks[from % count] as DraftTask, tasks[to % count] as DraftTask];
      if (task.dependsOn.includes(on.key) || goesInCircle(tasks, task.key, on.key)) continue;
      tasks = tasks.map((one) => (one === task ? { ...one, dependsOn: [...one.dependsOn, on.key] } : one));
    }
    return tasks;
  });

describe("a draft of a cluster", () => {
  it("goes in no circle, whatever is drawn: each task stands behind those that it waits for, and in a later column", () => {
    fc.assert(
      fc.property(drawn, (tasks) => {
        const order = inOrder(tasks).map(({ key }) => key);
        expect([...order].sort()).to.deep.equal(tasks.map(({ key }) => key).sort());
        const depths = depthOf(tasks);
        for (const { key, dependsOn } of tasks)
          for (const on of dependsOn) {
            expect(order.indexOf(on)).to.be.below(order.indexOf(key));
            expect(depths.get(on)).to.be.below(depths.get(key) as number);
          }
      }),
    );
  });

  it("is told at the line that would close a circle, its own included", () => {
    const [a, b, c] = [
      newTask({ key: "a" }),
      newTask({ key: "b", dependsOn: ["a"] }),
      newTask({ key: "c", dependsOn: ["b"] }),
    ];
    const tasks = [a, b, c];
    expect(goesInCircle(tasks, "a", "c")).to.equal(true);
    expect(goesInCircle(tasks, "a", "a")).to.equal(true);
    expect(goesInCircle(tasks, "c", "a")).to.equal(false);
  });

  it("is the same when it was written as a file and read again", () => {
    fc.assert(
      fc.property(drawn, (drawnTasks) => {
        const agents = [
          newAgent({ name: "known", id: "7", model: "2" }),
          newAgent({ name: "new", model: "3", role: "Writer" }),
        ];
        const tasks = drawnTasks.map((task, n) => ({
          ...task,
          agent: agents[n % 2]?.key ?? "",
          quorum: String(1 + (n % 3)),
        }));
        const draft: Draft = {
          ...newDraft("3"),
          name: "Any",
          slug: "any",
          fee: "0.25 ether",
          windowSeconds: "45",
          attempts: "2",
          inputs: ["question"],
          agents,
          tasks,
        };
        const { text, blueprint, mistakes } = readingOf(draft);
        expect(mistakes).to.deep.equal([]);
        const again = readingOf(
          draftOf(blueprint ?? parseBlueprint(text), (agent) => (agent === "7" ? "2" : undefined)),
        );
        expect(again.text).to.equal(text);
      }),
    );
  });

  it("tells what is empty by the key of the file", () => {
    const { mistakes } = readingOf(newDraft(""));
    expect(mistakes.map(({ path }) => path)).to.include.members(["slug", "tasks[0].prompt", "agents[0]"]);
  });

  it("is not made of a file that registers models or moves an agent, which is said by the line", () => {
    const file = (models: string, model: string) => `slug: one-two
name: One
windowSeconds: 30
models:
${models}
agents:
  - { name: a, id: 4, model: ${model} }
tasks:
  - { name: t, agent: a, prompt: p }
`;
    const fresh = draftIn(file("  m: { price: 5 gwei, nodeShareBps: 100 }", "m"), noModel);
    expect(fresh.draft).to.equal(undefined);
    expect(fresh.mistakes).to.have.length(1);
    expect(fresh.mistakes[0]).to.include({ line: 5, path: "models.m" });
    const moved = draftIn(file("  m: { id: 9 }", "m"), () => "3");
    expect(moved.mistakes[0]).to.include({ line: 7, path: "agents[0].model" });
    expect(draftIn(file("  m: { id: 9 }", "m"), () => "9").draft?.agents[0]?.model).to.equal("9");
  });

  it("proposes slugs and names that the contract takes", () => {
    expect(slugFor("  Über Größe & Mut: 2! ")).to.equal("uber-gro-e-mut-2");
    expect(slugFor("x".repeat(80))).to.have.length(31);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => /^[a-z0-9-]{0,31}$/.test(slugFor(name))),
    );
    expect(freeName("task", ["task", "task 2"])).to.equal("task 3");
  });
});
