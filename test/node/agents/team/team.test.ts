import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { AgentError } from "../../../../node/src/agents/errors.ts";
import type { PermissionAnswer } from "../../../../node/src/agents/session.ts";
import { TEAM_HELPERS_MAX, TURN_MAIL_MAX, WORK_TRIES_MAX } from "../../../../node/src/agents/team/limits.ts";
import { createHelperRecords, type HelperRecord } from "../../../../node/src/agents/team/records.ts";
import { createTeam, type Team } from "../../../../node/src/agents/team/team.ts";

import { until as untilNamed } from "../../../fixtures/until.ts";
import { codeOf } from "../../network/support.ts";
import { logger, plan, world } from "./world.ts";

const until = (look: () => boolean, what: string) => untilNamed(what, look, { timeoutMs: 20_000, pollMs: 2 });

describe("team", () => {
  let folder: string;
  let around: ReturnType<typeof world>;
  const teams: Team[] = [];
  const failed: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pleiad-team-"));
    around = world();
    failed.length = 0;
  });
  afterEach(async () => {
    for (const team of teams.splice(0)) await team.close();
    expect(around.driver.open_, "sessions left open").to.equal(0);
    expect(around.desk.watchers, "watchers left").to.equal(0);
    rmSync(folder, { recursive: true });
  });

  function team(): Team {
    const made = createTeam(
      {},
      {
        restartWaitMs: 10,
        ports: around.ports,
        records: createHelperRecords({ folder }),
        onFailed: async ({ name }, error) => void failed.push(`${name}: ${error?.code}`),
        logger,
      },
    );
    teams.push(made);
    return made;
  }

  const status = (one: Team) => one.status(1n)[0];
  const waits = (one: Team) => until(() => status(one)?.state === "waiting", "it waits");

  it("does its task first, reports once, and waits for messages", async () => {
    const { driver, desk, said } = around;
    const one = team();
    driver.behave = async () => "the result";
    await one.spawn(plan({ task: "count to three" }));
    await waits(one);
    expect(driver.prompts).to.have.length(1);
    expect(driver.prompts[0]?.text).to.contain("count to three").and.to.contain("You are worker");
    expect([...desk.reports.values()]).to.deep.equal(["the result\n\nChanged files:\nM file.txt"]);
    expect(said.indexOf("tools ready")).to.be.lessThan(said.indexOf("checkpoint"));
    expect(around.purse.spent).to.equal(1);
  });

  it("goes on after a task that its agent did without a word, and says so", async () => {
    const { driver, desk, place } = around;
    const one = team();
    driver.behave = async () => " \n";
    place.changes = "";
    await one.spawn(plan({ task: "count in silence" }));
    await waits(one);
    expect([...desk.reports.values()]).to.deep.equal(["[it is done, without a word]"]);
  });

  it("says what an agent without a word has changed, and nothing before it", async () => {
    const { driver, desk } = around;
    const one = team();
    driver.behave = async () => " \n";
    await one.spawn(plan({ task: "write in silence" }));
    await waits(one);
    expect([...desk.reports.values()]).to.deep.equal(["Changed files:\nM file.txt"]);
  });

  it("lets a message to a busy helper wait, and wakes it at the end of its turn", async () => {
    const { driver, desk } = around;
    const busy = Promise.withResolvers<string>();
    driver.behave = ({ index }) => (index === 1 ? busy.promise : Promise.resolve("ok"));
    const one = team();
    await one.spawn(plan({ task: "long work" }));
    await until(() => driver.prompts.length === 1, "it works");
    const ids = [desk.deliver("first"), desk.deliver("second", "reader")];
    await new Promise((resolve) => setImmediate(resolve));
    expect(driver.prompts).to.have.length(1);
    expect(desk.mail.every(({ isRead }) => isRead !== true)).to.equal(true);
    busy.resolve("result");
    await until(() => desk.mail.every(({ isRead }) => isRead === true), "both are read");
    expect(driver.prompts).to.have.length(2);
    const text = driver.prompts[1]?.text ?? "";
    for (const id of ids) expect(text).to.contain(id);
    expect(text).to.match(/From writer, message 0x0+1:\n<<<PLEIAD part message/);
    expect(text, "the introduction comes once").not.to.contain("You are worker");
  });

  it("brings so many messages a turn and no more", async () => {
    const { driver, desk } = around;
    for (let index = 0; index < TURN_MAIL_MAX + 3; index += 1) desk.deliver(`message ${index}`);
    const one = team();
    await one.spawn(plan());
    await waits(one);
    expect(driver.prompts).to.have.length(2);
    expect(desk.mail.every(({ isRead }) => isRead === true)).to.equal(true);
  });

  it("begins and ends work that is handed to it", async () => {
    const { driver, desk } = around;
    driver.behave = async () => {
      expect(desk.jobs[0]?.state).to.equal("running");
      return "42";
    };
    const one = team();
    await one.spawn(plan());
    await waits(one);
    desk.hand("what is six times seven?");
    await until(() => desk.jobs[0]?.state === "done", "the job is done");
    expect(desk.jobs[0]?.answer).to.match(/^42/);
  });

  it("starts a program that broke again, in the same session, and brings the same message again", async () => {
    const { driver, desk } = around;
    driver.behave = async ({ index }) => {
      if (index === 1) throw new AgentError("AGENT_FAILED", "it crashed");
      return "ok";
    };
    const id = desk.deliver("hello");
    const one = team();
    await one.spawn(plan());
    await until(() => desk.mail[0]?.isRead === true, "it is read");
    expect(driver.prompts).to.have.length(2);
    expect(driver.prompts[1]?.text).to.contain(id);
    expect(driver.starts[1]?.resume).to.equal("session-1");
    expect(status(one)?.restarts).to.equal(1);
  });

  it("says that it waits for an answer while its operator is asked, and not what, and goes on as it was", async () => {
    const { driver, desk, ports } = around;
    const request = { title: "Run `git push`", tool: "Bash", input: "{}", options: [] };
    const answers = [Promise.withResolvers<PermissionAnswer>(), Promise.withResolvers<PermissionAnswer>()];
    const isPersonAsked = [true, true, false];
    let asked = 0;
    Object.assign(ports, {
      async askPermission(...[, , , onWaiting]: Parameters<typeof ports.askPermission>) {
        const at = asked++;
        // A rule answers at once.
        if (isPersonAsked[at]) onWaiting();
        return answers[at]?.promise ?? { option: "yes" };
      },
    });
    const hang = Promise.withResolvers<string>();
    driver.behave = async ({ signal }) => {
      const ask = () => driver.starts[0]?.askPermission?.(request, signal);
      await Promise.all([ask(), ask()]);
      await ask();
      return hang.promise;
    };
    const one = team();
    desk.deliver("push it");
    await one.spawn(plan());
    const looks = () => [status(one)?.state, status(one)?.note];
    await until(() => asked === 2, "it asks");
    const asks = ["asking", "asks leave, and waits for an answer"];
    expect(looks()).to.deep.equal(asks);
    expect(desk.presences.join(), "in the log it runs").not.to.contain("leave");
    answers[0]?.resolve({ option: "yes" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(looks(), "the other question waits").to.deep.equal(asks);
    answers[1]?.resolve({ cancelled: true });
    await until(() => asked === 3, "it goes on");
    expect(looks()).to.deep.equal(["working", "works at a message from writer"]);
    hang.resolve("pushed");
    await waits(one);
  });

  it("puts aside what ends its program again and again, and says so", async () => {
    const { driver, desk } = around;
    driver.behave = async ({ text }) => {
      if (text.includes("poison")) throw new AgentError("AGENT_FAILED", "it crashed");
      return "ok";
    };
    desk.deliver("poison");
    const one = team();
    await one.spawn(plan());
    await until(() => desk.mail[0]?.isRead === true, "it is put aside");
    expect(driver.prompts).to.have.length(WORK_TRIES_MAX);
    expect([...desk.reports.values()].join()).to.contain(
      `could not take a message from writer (${desk.mail[0]?.id}): it ended my program`,
    );
    desk.deliver("good");
    await until(() => desk.mail[1]?.isRead === true, "it goes on");
  });

  it("begins anew where its program has lost the session", async () => {
    const { driver, desk } = around;
    const one = team();
    await one.spawn(plan());
    await waits(one);
    await one.close();
    driver.refusals.push(new AgentError("AGENT_SESSION_LOST", "no such session"));
    const next = team();
    desk.deliver("hello");
    await next.start();
    await until(() => desk.mail[0]?.isRead === true, "it is read");
    expect(driver.starts.map(({ resume }) => resume)).to.deep.equal([undefined, "session-1", undefined]);
    expect(driver.prompts.at(-1)?.text).to.contain("You are worker");
  });

  it("goes on after the daemon's end where it was: no task twice, nothing of its files lost", async () => {
    const { driver, desk, said } = around;
    const bytes = new Uint8Array([0, 255, 128, 10]);
    const attachments = [{ name: "picture.png", mediaType: "image/png", bytes }];
    const hang = Promise.withResolvers<string>();
    driver.behave = ({ index }) => (index === 1 ? hang.promise : Promise.resolve("the result"));
    const first = team();
    await first.spawn(plan({ task: "look", attachments }));
    await until(() => driver.prompts.length === 1, "it works");
    await first.close();
    expect(readdirSync(folder)).to.deep.equal(["1-worker.json"]);
    expect(statSync(join(folder, "1-worker.json")).mode & 0o777).to.equal(0o600);
    expect(said).to.contain("tools revoked");
    expect(around.forgotten).to.deep.equal([]);
    const second = team();
    await second.start();
    await waits(second);
    expect(driver.prompts[1]?.attachments).to.deep.equal(attachments);
    await second.close();
    const third = team();
    await third.start();
    await waits(third);
    expect(driver.prompts, "no third time").to.have.length(2);
    expect(desk.reports.size).to.equal(1);
  });

  it("does no task twice whose result was said just before the daemon was killed", async () => {
    const { driver, desk } = around;
    const records = createHelperRecords({ folder });
    const killed = createTeam(
      {},
      {
        restartWaitMs: 10,
        ports: around.ports,
        records: {
          ...records,
          async write(record) {
            if (desk.reports.size > 0) throw new Error("the daemon is killed");
            await records.write(record);
          },
        },
        onFailed: async () => {},
        logger,
      },
    );
    driver.behave = async () => "the result";
    await killed.spawn(plan({ task: "count" }));
    await until(() => status(killed)?.state === "done", "it is killed");
    expect(await killed.close().catch(({ message }: Error) => message)).to.equal("the daemon is killed");
    expect(desk.reports.size).to.equal(1);
    const next = team();
    await next.start();
    await waits(next);
    expect(driver.prompts, "it was not asked again").to.have.length(1);
    await next.close();
    expect((await records.all()).records[0]).to.deep.include({ isTaskDone: true });
  });

  it("hands over what came of its task where the daemon was killed before that was said", async () => {
    const { driver, desk } = around;
    driver.behave = async () => "the result";
    const { report } = desk;
    desk.report = () => Promise.reject(new Error("the daemon is killed"));
    const killed = createTeam(
      {},
      {
        restartWaitMs: 10,
        ports: around.ports,
        records: createHelperRecords({ folder }),
        onFailed: async () => {},
        logger,
      },
    );
    await killed.spawn(plan({ task: "count" }));
    await until(() => status(killed)?.state === "done", "it is killed");
    expect(await killed.close().catch(({ message }: Error) => message)).to.equal("the daemon is killed");
    desk.report = report;
    const next = team();
    await next.start();
    await waits(next);
    expect(driver.prompts).to.have.length(1);
    expect([...desk.reports.values()]).to.deep.equal(["the result\n\nChanged files:\nM file.txt"]);
  });

  it("tells its role and goal to a session that broke, or whose daemon was killed, before it knew them", async () => {
    const { driver, desk } = around;
    driver.behave = async ({ index }) => {
      if (index === 1) throw new AgentError("AGENT_FAILED", "it crashed");
      return "ok";
    };
    desk.deliver("hello");
    const one = team();
    await one.spawn(plan());
    await waits(one);
    expect(driver.starts[1]?.resume).to.equal("session-1");
    expect(driver.prompts[1]?.text).to.contain("You are worker");
    await one.close();
    const [, , third] = [await team().start(), desk.deliver("once more"), teams.at(-1) as Team];
    await until(() => desk.mail[1]?.isRead === true, "it is read");
    expect(driver.prompts[2]?.text, "once it knows").not.to.contain("You are worker");
    await third.close();
    const records = createHelperRecords({ folder });
    const [record] = (await records.all()).records;
    expect(record?.sessionId).to.equal("session-1");
    await records.write({ ...(record as HelperRecord), sessionId: "session-2", isIntroduced: false });
    desk.deliver("and again");
    await team().start();
    await until(() => desk.mail[2]?.isRead === true, "it is read");
    expect(driver.starts.at(-1)?.resume).to.equal("session-2");
    expect(driver.prompts[3]?.text).to.contain("You are worker");
  });

  it("forgets a helper that was ended while the daemon was down", async () => {
    const { desk, driver } = around;
    const one = team();
    await one.spawn(plan());
    await waits(one);
    await one.close();
    desk.refusal = new PleiadError("it has ended", { code: "HELPER_UNKNOWN", hint: "spawn it" });
    const next = team();
    await next.start();
    await until(() => next.status(1n).length === 0, "it is forgotten");
    expect([readdirSync(folder), await next.lost(1n, "worker")]).to.deep.equal([[], undefined]);
    expect(driver.starts, "its program is not started again").to.have.length(1);
    expect(around.places, "and no folder is made for it").to.equal(1);
    expect(around.forgotten, "what it had goes").to.deep.equal(["worker"]);
  });

  it("leaves nothing of a helper that a killed daemon had and the next one cannot go on with", async () => {
    const { ports } = around;
    const records = createHelperRecords({ folder });
    const life = "of the daemon that was killed";
    const left = { plan: plan({ task: "count" }), life, spawnedAtMs: 1, isTaskDone: false, tries: {} };
    await records.write({ ...left, sessionId: "session-1" });
    Object.assign(ports, { driverOf: () => undefined });
    const next = team();
    await next.start();
    await until(() => failed.length === 1, "it is given up");
    expect(failed).to.deep.equal(["worker: HELPER_SERVICE_UNKNOWN"]);
    expect(around.forgotten).to.deep.equal(["worker"]);
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("ends for good when it is stopped, in the middle of a turn too", async () => {
    const { driver, said } = around;
    driver.behave = () => new Promise(() => {});
    const one = team();
    await one.spawn(plan({ task: "for ever" }));
    await until(() => driver.prompts.length === 1, "it works");
    await one.stop(1n, "worker");
    expect(one.status(1n)).to.deep.equal([]);
    expect(readdirSync(folder)).to.deep.equal([]);
    expect(said).to.include.members(["tools revoked", "left", "stage closed: stopped"]);
    expect(around.forgotten).to.deep.equal(["worker"]);
    expect(failed).to.deep.equal([]);
  });

  it("begins its session again when it is told to, and the work with it", async () => {
    const { driver } = around;
    driver.behave = ({ index }) => (index === 1 ? new Promise(() => {}) : Promise.resolve("ok"));
    const one = team();
    await one.spawn(plan({ task: "hangs once" }));
    await until(() => driver.prompts.length === 1, "it works");
    one.restart(1n, "worker");
    await waits(one);
    expect(driver.starts.map(({ resume }) => resume)).to.deep.equal([undefined, "session-1"]);
    expect(driver.prompts).to.have.length(2);
  });

  it("does nothing while its budget is used up, says so, and goes on once there is more", async () => {
    const { driver, desk, purse, said } = around;
    purse.refusal = new PleiadError("the budget of the day is used up", {
      code: "BUDGET_USED_UP",
      hint: "raise it",
    });
    const one = team();
    desk.deliver("hello");
    await one.spawn(plan());
    await until(() => status(one)?.note === "the budget of the day is used up", "it says so");
    expect(driver.prompts).to.have.length(0);
    expect(said).to.contain("note: the budget of the day is used up");
    expect(desk.mail[0]?.isRead).to.equal(undefined);
    purse.refusal = undefined;
    one.restart(1n, "worker");
    await until(() => desk.mail[0]?.isRead === true, "it goes on");
  });

  it("has in the books what a turn used that failed, was stopped, or was lost with its program", async () => {
    const { driver, purse, desk } = around;
    const busy = Promise.withResolvers<string>();
    driver.behave = async ({ index }) => {
      if (index === 1) throw new AgentError("AGENT_FAILED", "it broke");
      return index === 2 ? "done" : busy.promise;
    };
    driver.told = { usage: { inputTokens: 7, outputTokens: 3 }, model: "m" };
    const one = team();
    await one.spawn(plan({ task: "break once" }));
    await waits(one);
    driver.told = undefined;
    desk.deliver("and again");
    await until(() => driver.prompts.length === 3, "it works");
    await one.stop(1n, "worker");
    const part = { usage: { inputTokens: 7, outputTokens: 3 }, model: "m" };
    expect(purse.told.map(({ told, hasEnded }) => [told.usage, hasEnded])).to.deep.equal([
      [part.usage, false],
      [{ outputTokens: 3 }, true],
      // Nothing was told, and nothing is said of zero.
      [undefined, false],
    ]);
  });

  it("has nothing in the books of a turn of which it is known that no model was asked", async () => {
    const { driver, purse } = around;
    driver.behave = async ({ index }) => {
      if (index === 1) throw new AgentError("AGENT_SESSION_LOST", "unknown");
      return "done";
    };
    const one = team();
    await one.spawn(plan({ task: "go on" }));
    await waits(one);
    expect(purse.told.map(({ hasEnded }) => hasEnded)).to.deep.equal([true]);
  });

  it("gives what was counted of a session back to who resumes it, in the next daemon too", async () => {
    const { driver } = around;
    driver.counted = { inputTokens: 70, outputTokens: 30 };
    const one = team();
    await one.spawn(plan({ task: "count" }));
    await waits(one);
    await one.close();
    const next = team();
    await next.start();
    await until(() => driver.starts.length === 2, "it goes on");
    expect(driver.starts.map(({ counted }) => counted)).to.deep.equal([
      undefined,
      { inputTokens: 70, outputTokens: 30 },
    ]);
  });

  it("knows after the daemon's end on whose budgets it draws", async () => {
    const family = [{ agent: "helper 1/boss of cluster 1", budget: "5" }, { agent: "agent 3" }];
    const one = team();
    await one.spawn(plan({ budget: "2", family }));
    await waits(one);
    await one.close();
    const next = team();
    await next.start();
    expect(next.planOf(1n, "worker")).to.deep.equal(plan({ budget: "2", family }));
  });

  it("gives up a program that does not start, with the reason", async () => {
    const { driver, desk } = around;
    driver.refusals.push(new AgentError("AGENT_PROGRAM_MISSING", "there is no program"));
    const one = team();
    await one.spawn(plan());
    await until(() => failed.length === 1, "it failed");
    expect(failed).to.deep.equal(["worker: AGENT_PROGRAM_MISSING"]);
    expect([...desk.reports.values()].join()).to.contain("there is no program");
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("keeps the record of one that failed until its end is in the log, so that a killed daemon leaves no name of nobody", async () => {
    const { driver, desk } = around;
    const records = createHelperRecords({ folder });
    const told = Promise.withResolvers<void>();
    const saying = Promise.withResolvers<void>();
    const killed = createTeam(
      {},
      {
        restartWaitMs: 10,
        ports: around.ports,
        records,
        onFailed() {
          told.resolve();
          return saying.promise;
        },
        logger,
      },
    );
    driver.refusals.push(new AgentError("AGENT_PROGRAM_MISSING", "there is no program"));
    await killed.spawn(plan());
    await told.promise;
    expect((await records.all()).records, "what the next daemon would find").to.have.length(1);
    expect(() => killed.requireFree(1n, "worker")).to.throw(PleiadError);
    // Whoever ends it meanwhile does not wait for what waits for that.
    await killed.stop(1n, "worker");
    saying.resolve();
    expect(await killed.lost(1n, "worker")).to.deep.equal(plan());
    expect(readdirSync(folder)).to.deep.equal([]);
    killed.requireFree(1n, "worker");
    await killed.again(1n, "worker");
    await waits(killed);
    expect(desk.reports.size).to.equal(1);
    await killed.close();
  });

  it("starts one that failed again as it was: its user, spawner, budgets, files, and what its task has cost already", async () => {
    const { driver, desk } = around;
    const given = plan({
      task: "poison",
      by: "agent:3",
      budget: "2",
      family: [{ agent: "agent 3" }],
      attachments: [{ name: "a.png", mediaType: "image/png", bytes: new Uint8Array([1, 2]) }],
    });
    driver.behave = async ({ index }) => {
      if (index === 1) throw new AgentError("AGENT_FAILED", "it crashed");
      throw new AgentError("AGENT_PROGRAM_MISSING", "it went away");
    };
    const one = team();
    await one.spawn(given);
    await until(() => failed.length === 1, "it failed");
    expect(await one.lost(1n, "worker")).to.deep.equal(given);
    await one.again(1n, "worker");
    expect([one.planOf(1n, "worker"), await one.lost(1n, "worker")]).to.deep.equal([given, undefined]);
    await until(() => failed.length === 2, "it failed again");
    expect(driver.prompts[2]?.attachments).to.deep.equal(given.attachments);
    await one.again(1n, "worker");
    await waits(one);
    expect(driver.prompts, "its task is put aside, as it ended it three times").to.have.length(3);
    expect([...desk.reports.values()].join()).to.contain("I gave the task up");
    expect(await codeOf(one.again(1n, "worker"))).to.equal("HELPER_NOT_RUNNING");
  });

  it("ends with what the workspace refuses for good, and waits out what passes", async () => {
    const { desk } = around;
    const one = team();
    desk.refusal = new PleiadError("later", { code: "CLUSTER_NOT_OPEN", hint: "wait", retryable: true });
    await one.spawn(plan());
    await until(() => around.driver.starts.length === 1, "it starts");
    desk.refusal = new PleiadError("it has ended", { code: "HELPER_UNKNOWN", hint: "spawn it" });
    await until(() => failed.length === 1, "it ends");
    expect(failed).to.deep.equal(["worker: HELPER_UNKNOWN"]);
  });

  it("waits for a folder that cannot be made now, and ends with what is wrong for good", async () => {
    const { ports, driver, desk, said } = around;
    const { workplaceFor } = ports;
    const refusals = [
      new PleiadError("the disk is full", { code: "FOLDER_NO_SPACE", hint: "make room", retryable: true }),
    ];
    Object.assign(ports, {
      workplaceFor: async (of: typeof plan extends () => infer P ? P : never) => {
        const refusal = refusals.shift();
        if (refusal !== undefined) throw refusal;
        return workplaceFor(of);
      },
    });
    const one = team();
    await one.spawn(plan());
    await waits(one);
    await one.stop(1n, "worker");
    refusals.push(new PleiadError("it is no repository", { code: "PROJECT_NO_GIT", hint: "make one" }));
    await one.spawn(plan());
    await until(() => failed.length === 1, "it failed");
    expect(failed).to.deep.equal(["worker: PROJECT_NO_GIT"]);
    expect([...desk.reports.values()].join()).to.contain("it is no repository");
    expect(driver.starts).to.have.length(1);
    expect(said.filter((what) => what === "tools revoked")).to.have.length(1);
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("refuses a service that is none, a name that runs, and more than a machine bears", async () => {
    const one = team();
    await expectCode(one.spawn(plan({ service: "bash" })), "HELPER_SERVICE_UNKNOWN");
    for (let index = 0; index < TEAM_HELPERS_MAX; index += 1)
      await one.spawn(plan({ name: `helper-${index}` }));
    await expectCode(one.spawn(plan({ name: "helper-0" })), "HELPER_RUNS");
    await expectCode(one.spawn(plan({ name: "one-more" })), "TEAM_FULL");
    expect(() => one.restart(1n, "nobody"))
      .to.throw(PleiadError)
      .with.property("code", "HELPER_NOT_RUNNING");
  });

  it("bears no more than it may, and a name once, where many are asked for at once", async () => {
    const one = team();
    const asked = Array.from({ length: TEAM_HELPERS_MAX + 8 }, (_, index) =>
      one.spawn(plan({ name: `helper-${index}` })),
    );
    const ends = await Promise.allSettled([...asked, one.spawn(plan({ name: "helper-0" }))]);
    const codes = ends.flatMap((end) => (end.status === "rejected" ? [end.reason.code] : []));
    expect(codes).to.deep.equal([...Array.from({ length: 8 }, () => "TEAM_FULL"), "HELPER_RUNS"]);
    expect(one.status(1n)).to.have.length(TEAM_HELPERS_MAX);
  });

  it("starts none that was asked for while it closes, and keeps no record of it", async () => {
    const one = team();
    const asked = one.spawn(plan({ name: "late" }));
    await Promise.all([expectCode(asked, "TEAM_CLOSED"), one.close()]);
    expect(one.status(1n)).to.deep.equal([]);
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("keeps the record of one that takes the name of one that was stopped", async () => {
    const one = team();
    await one.spawn(plan({ name: "again" }));
    const stopped = one.stop(1n, "again");
    expect(() => one.requireFree(1n, "again"))
      .to.throw(PleiadError)
      .with.property("code", "HELPER_RUNS");
    const taken = (async () => {
      for (;;) {
        try {
          return await one.spawn(plan({ name: "again" }));
        } catch (error) {
          if (!(error instanceof PleiadError) || error.code !== "HELPER_RUNS") throw error;
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    })();
    await Promise.all([stopped, taken]);
    expect(one.status(1n)).to.have.length(1);
    // One that is being replaced has a file beside it that begins with a dot.
    expect(readdirSync(folder).filter((name) => !name.startsWith("."))).to.deep.equal(["1-again.json"]);
  });

  it("goes on with the others where one record is damaged", async () => {
    const one = team();
    await one.spawn(plan());
    await waits(one);
    await one.close();
    writeFileSync(join(folder, "1-broken.json"), "{");
    const { records, damaged } = await createHelperRecords({ folder }).all();
    expect(records.map(({ plan: { name } }) => name)).to.deep.equal(["worker"]);
    expect(damaged.map(({ code, hint }) => [code, hint])).to.deep.equal([
      ["HELPER_RECORD_DAMAGED", "remove the file, and spawn the helper again"],
    ]);
    const next = team();
    await next.start();
    await waits(next);
    expect(next.status(1n).map(({ name }) => name)).to.deep.equal(["worker"]);
  });
});

async function expectCode(promise: Promise<unknown>, code: string): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(PleiadError);
  expect((error as PleiadError).code).to.equal(code);
}
