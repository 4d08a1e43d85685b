import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { JOBS_OPEN_PER_PARTY_MAX, THREAD_LAST_CHARS_MAX } from "../../../node/src/workspace/limits.ts";
import { ALICE, ALPHA, BOB, fails, threeNodes, tidyUp } from "./support.ts";

afterEach(tidyUp);

describe("threads", () => {
  it("show each message with its author, across agents and nodes, to who works for their user", async () => {
    const { net, one, two } = await threeNodes();
    const question = await one.user(ALICE).postToThread({ thread: "trip", text: "where to?" });
    await net.settle();
    two.wall.ms += 1;
    await two
      .agent(2n)
      .postToThread({ thread: "trip", text: "to the sea", replyTo: question.id, requestId: "r" });
    await two
      .agent(2n)
      .postToThread({ thread: "trip", text: "to the sea", replyTo: question.id, requestId: "r" });
    await two.agent(2n, BOB).postToThread({ thread: "trip", text: "of bob" });
    await net.settle();
    const posts = await one.agent(1n).readThread({ thread: "trip" });
    expect(posts.map(({ author, text }) => [author.name, text])).to.deep.equal([
      [ALICE, "where to?"],
      ["ben", "to the sea"],
    ]);
    expect(posts[1]?.replyTo).to.equal(question.id);
    expect(await one.agent(1n).readThread({ thread: "trip", limit: 1 })).to.deep.equal(posts.slice(1));
    const before = await one.agent(1n).readThread({ thread: "trip", before: posts[1]?.id ?? "0x" });
    expect(before).to.deep.equal(posts.slice(0, 1));
    await one.agent(1n).postToThread({ thread: "other", text: `t${"é".repeat(500)}` });
    const listed = await one.agent(1n).listThreads();
    expect(listed.map(({ thread, messages }) => [thread, messages])).to.deep.equal([
      ["other", 1],
      ["trip", 2],
    ]);
    expect(listed[1]?.last).to.deep.equal({
      id: posts[1]?.id,
      author: posts[1]?.author,
      text: "to the sea",
      postedAtMs: posts[1]?.postedAtMs,
    });
    expect(listed[0]?.last.text).to.equal(`t${"é".repeat(THREAD_LAST_CHARS_MAX - 2)}…`);
  });

  it("show what an execution said in its turn, the request first, whichever node signed first", async () => {
    const { net, one, two } = await threeNodes();
    const thread = "plans";
    await one.agent(1n).postToThread({ thread, text: "before" });
    await net.settle();
    two.wall.ms += 1;
    await two.agent(2n).postToThread({ thread, text: "second task", requestId: "run:5:1" });
    await net.settle();
    one.wall.ms += 2;
    await one.agent(1n).postToThread({ thread, text: "first task", requestId: "run:5:0" });
    await one.agent(1n).postToThread({ thread, text: "after" });
    await one.user(ALICE).postToThread({ thread, text: "the request", requestId: "run:5:request" });
    await net.settle();
    for (const on of [one.agent(1n), two.agent(2n)]) {
      const posts = await on.readThread({ thread });
      const texts = ["before", "the request", "first task", "second task", "after"];
      expect(posts.map(({ text }) => text)).to.deep.equal(texts);
      const [, , third] = posts;
      expect(await on.readThread({ thread, before: third?.id ?? "0x" })).to.deep.equal(posts.slice(0, 2));
    }
  });

  it("let nobody move a post into an execution that it did not work at", async () => {
    const { one } = await threeNodes();
    const thread = "plans";
    await one.user(ALICE).postToThread({ thread, text: "the request", requestId: "run:5:request" });
    await one.agent(1n).postToThread({ thread, text: "talk" });
    // Only the user asks, and only agents answer.
    await one.agent(1n).postToThread({ thread, text: "no request", requestId: "run:5:request" });
    await one.operator().postToThread({ thread, text: "of the operator", requestId: "run:5:1" });
    const posts = await one.agent(1n).readThread({ thread });
    expect(posts.map(({ text }) => text)).to.deep.equal([
      "the request",
      "talk",
      "no request",
      "of the operator",
    ]);
  });
});

describe("jobs", () => {
  it("go from one agent to another, and their answer lands in the thread", async () => {
    const { net, one, two } = await threeNodes();
    const job = await one.agent(1n).spawnJob({ to: "ben", prompt: "count the files", thread: "t" });
    expect(job).to.include({ state: "queued", depth: 1, prompt: "count the files" });
    await net.settle();
    const [mine] = await two.agent(2n).listJobs({ whose: "mine", state: "queued" });
    expect(mine?.spawner.name).to.equal("ada");
    expect((await two.agent(2n).updateJob({ job: job.id, state: "running" })).state).to.equal("running");
    await two.agent(2n).updateJob({ job: job.id, state: "running" });
    await two.agent(2n).updateJob({ job: job.id, state: "done", text: "there are 7" });
    await net.settle();
    const [ended] = await one.agent(1n).listJobs({ whose: "spawned" });
    expect(ended).to.include({ state: "done", text: "there are 7" });
    const posts = await one.agent(1n).readThread({ thread: "t" });
    expect(posts.map((post) => [post.author.name, post.text, post.job])).to.deep.equal([
      ["ada", "count the files", job.id],
      ["ben", "there are 7", job.id],
    ]);
    await fails(two.agent(2n).updateJob({ job: job.id, state: "failed", text: "no" }), "JOB_ENDED");
  });

  it("are handed on no deeper than allowed, and never back to who waits for them", async () => {
    const { net, one, two, three } = await threeNodes();
    for (const name of ["scout", "tester", "writer"])
      await one.agent(1n).spawnAgent({ name, role: "r", goal: "g" });
    const first = await one.agent(1n).spawnJob({ to: "ben", prompt: "p", thread: "t" });
    await net.settle();
    await two.agent(2n).updateJob({ job: first.id, state: "running" });
    // Which job it is done for need not be said: it is the one that ben runs in that thread.
    const second = await two.agent(2n).spawnJob({ to: "cleo", prompt: "p", thread: "t" });
    expect(second).to.include({ depth: 2, parent: first.id });
    await net.settle();
    for (const to of ["ada", "ben", "cleo"])
      await fails(three.agent(3n).spawnJob({ to, prompt: "p", thread: "t", parent: second.id }), "JOB_CYCLE");
    const third = await three
      .agent(3n)
      .spawnJob({ to: "scout", prompt: "p", thread: "t", parent: second.id });
    await net.settle();
    const fourth = await one
      .helper("scout")
      .spawnJob({ to: "tester", prompt: "p", thread: "t", parent: third.id });
    expect(fourth.depth).to.equal(4);
    await fails(
      one.helper("tester").spawnJob({ to: "writer", prompt: "p", thread: "t", parent: fourth.id }),
      "JOB_TOO_DEEP",
    );
    await fails(one.agent(1n).spawnJob({ to: "ada", prompt: "p", thread: "t" }), "JOB_CYCLE");
  });

  it("that a node hands on against the rules are nobody's work", async () => {
    const { net, one, two } = await threeNodes();
    const job = await one.agent(1n).spawnJob({ to: "ben", prompt: "p", thread: "t" });
    const data = { user: ALICE, thread: "t", worker: "agent:2", prompt: "p", parent: job.id };
    const author = { kind: "agent", agent: 1n } as const;
    await one.logs.get(ALPHA)?.append({ type: "job.spawned", author, data });
    await net.settle();
    expect((await two.agent(2n).listJobs()).map(({ id }) => id)).to.deep.equal([job.id]);
    // Nor does somebody else end them.
    const forged = { job: job.id, user: ALICE, thread: "t", state: "done", text: "forged" };
    await net.nodes
      .get(3n)
      ?.logs.get(ALPHA)
      ?.append({
        type: "job.ended",
        author: { kind: "agent", agent: 3n },
        data: forged,
      });
    await net.settle();
    expect((await one.agent(1n).listJobs())[0]?.state).to.equal("queued");
  });

  it("without an end fail after a week, and who spawned them may call them failed before", async () => {
    const { one } = await threeNodes();
    const { id } = await one.agent(1n).spawnJob({ to: "ben", prompt: "p", thread: "t", requestId: "r" });
    expect(
      (await one.agent(1n).spawnJob({ to: "ben", prompt: "p", thread: "t", requestId: "r" })).id,
    ).to.equal(id);
    await one.agent(1n).spawnJob({ to: "cleo", prompt: "p", thread: "t" });
    await one.agent(1n).updateJob({ job: id, state: "failed", text: "never mind" });
    one.wall.ms += 7 * 24 * 3_600_000 + 1;
    const texts = (await one.agent(1n).listJobs({ state: "failed" })).map(({ text }) => text);
    expect(texts).to.deep.equal(["never mind", "it was never ended"]);
  });

  it("are no more at once than a spawner can wait for", async () => {
    const { one } = await threeNodes();
    const spawn = () => one.agent(1n).spawnJob({ to: "ben", prompt: "p", thread: "t" });
    const tries = await Promise.allSettled(Array.from({ length: JOBS_OPEN_PER_PARTY_MAX + 3 }, spawn));
    expect(tries.filter(({ status }) => status === "fulfilled")).to.have.length(JOBS_OPEN_PER_PARTY_MAX);
    await fails(spawn(), "JOBS_TOO_MANY");
  });
});
