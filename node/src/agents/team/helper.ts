import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import type { UsageTold } from "../driver.ts";
import { AgentError } from "../errors.ts";
import type {
  AgentSession,
  PermissionAnswer,
  PermissionRequest,
  SessionDriver,
  Turn,
  TurnOutcome,
} from "../session.ts";
import { keepUsage } from "../usageWatch.ts";
import {
  BEAT_INTERVAL_MS,
  PAUSE_MS,
  RESTARTS_MAX,
  SESSION_LIFE_MS,
  TOOLS_READY_MS,
  TURN_OUTPUT_BYTES_MAX,
  TURN_TIMEOUT_MS,
  WORK_TRIES_MAX,
} from "./limits.ts";
import { createNews, type News } from "./news.ts";
import type { HelperDesk, HelperPlan, HelperTools, Stage, TeamPorts, Workplace } from "./ports.ts";
import { introduction } from "./prompts.ts";
import type { HelperRecord, HelperRecords } from "./records.ts";
import { nextWork, type Work } from "./work.ts";

/** One helper at work. States and transitions are in the README. */
export interface Helper {
  readonly plan: HelperPlan;
  status(): HelperStatus;
  /** What is kept of it, as it is now. */
  record(): HelperRecord;
  /** Ends its program and keeps its record: the next daemon goes on with it. */
  pause(): Promise<void>;
  /** Ends it for good. */
  stop(): Promise<void>;
  /** Ends its program, if one runs, and begins another session: the same one where the program can resume. */
  restart(): void;
  /** Settles when it has ended by itself, or was paused or stopped; never rejects but for a fault of ours. */
  readonly ended: Promise<HelperEnd>;
}

export interface HelperStatus {
  readonly name: string;
  readonly service: string;
  /** `asking`: it works, and waits for a person's answer to what it asks leave for. */
  readonly state: "spawning" | "waiting" | "working" | "asking" | "done";
  /** What it is at, in a few words. */
  readonly note: string;
  readonly turns: number;
  readonly restarts: number;
  readonly sessionId: string | undefined;
  /** Since when it is in that state and at that. Unix milliseconds. */
  readonly sinceMs: number;
}

/** `paused` alone keeps the record. */
export interface HelperEnd {
  readonly why: "stopped" | "paused" | "failed";
  readonly error: PleiadError | undefined;
}

export interface HelperModules {
  readonly ports: TeamPorts;
  readonly records: HelperRecords;
  readonly logger: Logger;
  /** First wait before a program that failed is started again, in milliseconds. */
  readonly restartWaitMs: number;
}

/** What lasts over the sessions of one helper. */
interface Around {
  readonly driver: SessionDriver;
  readonly desk: HelperDesk;
  readonly tools: HelperTools;
  readonly place: Workplace;
  readonly stage: Stage;
  readonly news: News;
}

export function startHelper(first: HelperRecord, modules: HelperModules): Helper {
  const { ports, records, restartWaitMs } = modules;
  const { plan } = first;
  const logger = modules.logger.child({ helper: plan.name, cluster: plan.cluster });
  const stopping = new AbortController();
  /** Of the session that runs. */
  let current = new AbortController();
  let why: "stopped" | "paused" = "stopped";
  let record = first;
  let state: Exclude<HelperStatus["state"], "asking"> = "spawning";
  let note = "starts";
  let sinceMs = Date.now();
  /** Questions of the turn that runs which wait for a person. */
  let asking = 0;
  let turns = 0;
  let restarts = 0;
  let interrupt = (): void => undefined;
  /** What the session that runs has cost before the turn that runs, in dollars. */
  let costBeforeUsd = 0;

  async function keep(change: Partial<HelperRecord>): Promise<void> {
    record = { ...record, ...change };
    await records.write(record);
  }

  function tell(stage: Stage, what: typeof state, words: string): void {
    if (state !== what || note !== words) sinceMs = Date.now();
    state = what;
    note = words;
    stage.note(words);
  }

  async function live(): Promise<HelperEnd> {
    const desk = ports.deskOf(plan);
    const news = createNews(desk, stopping.signal);
    interrupt = news.interrupt;
    let end: HelperEnd = { why, error: undefined };
    try {
      // Who looks at the team sees it from the first moment on; one that was ended meanwhile learns it before anything is made for it.
      await later(() => desk.presence("running", `starts with ${plan.service}`), news);
      const around = await gathered(desk, news);
      try {
        await sessions(around);
        end = { why, error: undefined };
      } catch (error) {
        end = await endOf(error, desk);
      } finally {
        await depart(around, end);
      }
    } catch (error) {
      end = await endOf(error, desk);
    } finally {
      state = "done";
      sinceMs = Date.now();
      news.stop();
    }
    // Also where it was not gathered in this life: then an earlier one has left it.
    if (end.why !== "paused") await ports.forget(plan);
    return end;
  }

  /** Rejects with what is a fault of ours alone. */
  async function endOf(error: unknown, desk: HelperDesk): Promise<HelperEnd> {
    if (stopping.signal.aborted) return { why, error: undefined };
    if (!(error instanceof PleiadError)) throw error;
    logger.warn({ code: error.code, message: error.message }, "a helper is given up");
    await lastWords(desk, `I end: ${error.message}. ${error.hint}`);
    return { why: "failed", error };
  }

  async function depart({ stage, tools, place }: Around, end: HelperEnd): Promise<void> {
    stage.close({
      why: end.why === "failed" ? "failed" : "stopped",
      error: end.error instanceof AgentError ? end.error : undefined,
    });
    await tools.revoke();
    await place.leave(end.why !== "paused");
  }

  /** A disk that is full for a while ends no helper. */
  async function gathered(desk: HelperDesk, news: News): Promise<Around> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await gather(desk, news);
      } catch (error) {
        const isPassing = error instanceof PleiadError && error.retryable && failures <= RESTARTS_MAX;
        if (!isPassing || stopping.signal.aborted) throw error;
        note = error.message;
        await news.pause(restartWaitMs * 2 ** (failures - 1));
      }
    }
  }

  async function gather(desk: HelperDesk, news: News): Promise<Around> {
    const driver = ports.driverOf(plan.service);
    if (driver === undefined) throw serviceUnknown(plan.service, ports.services());
    const place = await ports.workplaceFor(plan);
    const tools = await ports.toolsFor(plan);
    try {
      return { driver, desk, tools, place, stage: await ports.stageFor(plan), news };
    } catch (error) {
      await tools.revoke();
      throw error;
    }
  }

  /** What ended with it in the log is no speaker any more; then nobody hears this, which is as it should be. */
  async function lastWords(desk: HelperDesk, text: string): Promise<void> {
    try {
      await desk.report(text, `end:${record.life}`);
      await desk.presence("done", text.slice(0, 200));
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      logger.debug({ code: error.code }, "a helper's last words were not taken");
    }
  }

  /** One session after the other, until it is stopped or given up. */
  async function sessions(around: Around): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const turnsBefore = turns;
      try {
        await session(around);
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (!(error instanceof AgentError)) throw error;
        if (current.signal.aborted) continue;
        if (error.code === "AGENT_SESSION_LOST" && record.sessionId !== undefined) {
          around.stage.note("its program has lost the session; it begins anew");
          await keep({ sessionId: undefined, counted: undefined });
          continue;
        }
        failures = turns > turnsBefore ? 1 : failures + 1;
        tell(around.stage, "spawning", `its program failed: ${error.message}`);
        if (error.retriesMax === 0 && !PASSING.has(error.code)) throw error;
        if (failures > RESTARTS_MAX) throw error;
        restarts += 1;
        await around.news.pause(restartWaitMs * 2 ** (failures - 1));
      }
    }
  }

  async function session(around: Around): Promise<void> {
    const { driver, tools, place, stage } = around;
    current = new AbortController();
    costBeforeUsd = 0;
    tell(
      stage,
      "spawning",
      record.sessionId === undefined ? `${plan.service} starts` : `${plan.service} goes on`,
    );
    tools.begin();
    const opened = await driver.open({
      workFolder: place.folder,
      homeFolder: place.homeFolder,
      kept: place.kept,
      readable: place.readable,
      toolServers: tools.servers,
      ...(tools.tools === undefined ? {} : { tools: tools.tools }),
      toolsReady: (signal) => tools.ready(AbortSignal.any([signal, AbortSignal.timeout(TOOLS_READY_MS)])),
      ...(record.sessionId === undefined ? {} : { resume: record.sessionId }),
      ...(record.sessionId === undefined || record.counted === undefined ? {} : { counted: record.counted }),
      tag: ports.tagOf(plan),
      signal: AbortSignal.any([stopping.signal, current.signal]),
      timeoutMs: SESSION_LIFE_MS,
      outputBytesMax: TURN_OUTPUT_BYTES_MAX,
      onEvent: (event) => stage.show(event),
      askPermission: askLeave,
    });
    const isIntroduced = record.sessionId !== undefined && record.isIntroduced === true;
    if (opened.id !== record.sessionId) await keep({ sessionId: opened.id, isIntroduced });
    const over = { isOver: false };
    const ended = opened.ended.then((end) => {
      over.isOver = true;
      around.news.wake();
      return end;
    });
    try {
      await turnsOf(opened, around, over, isIntroduced ? "" : introduction(plan, placeOf(driver, plan)));
    } finally {
      await opened.close();
    }
    const { why: how, error } = await ended;
    if (!stopping.signal.aborted && !current.signal.aborted && how !== "finished")
      throw error ?? new AgentError("AGENT_FAILED", `the program of ${plan.name} ended: ${how}`);
  }

  /** What it waits for is its operator's to see, that it waits everybody's: those who wait for it know why. */
  async function askLeave(request: PermissionRequest, signal: AbortSignal): Promise<PermissionAnswer> {
    let isWaiting = false;
    const begin = (): void => {
      isWaiting = true;
      asking += 1;
      sinceMs = Date.now();
    };
    try {
      return await ports.askPermission(plan, request, signal, begin);
    } finally {
      if (isWaiting) {
        asking -= 1;
        sinceMs = Date.now();
      }
    }
  }

  async function turnsOf(
    opened: AgentSession,
    around: Around,
    over: { readonly isOver: boolean },
    preface: string,
  ): Promise<void> {
    const { desk, stage, news } = around;
    let before = preface;
    while (!stopping.signal.aborted && !over.isOver && !current.signal.aborted) {
      const work = await later(() => nextWork(record, desk), news);
      if (work === undefined) {
        if (state !== "waiting") tell(stage, "waiting", "waits for messages");
        await later(() => desk.beat(), news);
        await news.next(BEAT_INTERVAL_MS);
        continue;
      }
      if (await hasEndedBefore(work, around)) continue;
      if (await hasFailedOften(work, around)) continue;
      if (!(await mayBegin(around))) continue;
      await turn(opened, work, around, before);
      before = "";
    }
  }

  /** Hands over what a daemon that was killed then had kept, and had not said, or had said and not noted. @returns whether it had */
  async function hasEndedBefore(work: Work, { news }: Around): Promise<boolean> {
    const { result } = record;
    if (result?.of !== work.key) return false;
    await later(() => work.end(result.text), news);
    await finished(work);
    return true;
  }

  /** @returns whether the work is put aside */
  async function hasFailedOften(work: Work, { stage, news }: Around): Promise<boolean> {
    if ((record.tries[work.key] ?? 0) < WORK_TRIES_MAX) return false;
    stage.note(`${work.title} is put aside: it ended the program ${WORK_TRIES_MAX} times`);
    await later(() => work.putAside(`it ended my program ${WORK_TRIES_MAX} times`), news);
    await finished(work);
    return true;
  }

  /** That a daemon was killed meanwhile is not the work's fault, so what counts is noted after it. */
  async function failed(work: Work, error: unknown): Promise<void> {
    if (stopping.signal.aborted || current.signal.aborted || !(error instanceof AgentError)) return;
    await keep({ tries: { ...record.tries, [work.key]: (record.tries[work.key] ?? 0) + 1 } });
  }

  async function finished(work: Work): Promise<void> {
    const { [work.key]: _done, ...tries } = record.tries;
    await keep({ tries, isTaskDone: record.isTaskDone || work.key === "task", result: undefined });
  }

  /** Without money it waits: its operator may raise the budget, or a new day begin. */
  async function mayBegin({ stage, news }: Around): Promise<boolean> {
    try {
      await ports.purse.begin(plan);
      return true;
    } catch (error) {
      if (!(error instanceof PleiadError)) throw error;
      if (note !== error.message) tell(stage, "waiting", error.message);
      await news.pause(BEAT_INTERVAL_MS);
      return false;
    }
  }

  async function turn(opened: AgentSession, work: Work, around: Around, before: string): Promise<void> {
    const { place, stage, news } = around;
    tell(stage, "working", `works at ${work.title}`);
    await later(() => work.begin(), news);
    await place.checkpoint();
    const outcome = await paid(opened, {
      text: `${before}${work.text}`,
      ...(work.attachments.length === 0 ? {} : { attachments: work.attachments }),
      signal: AbortSignal.any([stopping.signal, current.signal]),
      timeoutMs: TURN_TIMEOUT_MS,
    }).catch(async (error: unknown) => {
      await failed(work, error);
      throw error;
    });
    turns += 1;
    const changes = await place.changes();
    const text = work.resultOf(outcome, changes);
    // First kept, then said, then noted as done: wherever a crash comes in between, nobody does it again.
    await keep({ isIntroduced: true, ...(text === undefined ? {} : { result: { of: work.key, text } }) });
    await later(() => work.end(text), news);
    await finished(work);
  }

  /** What a turn used is in the books before anything else happens, however it ended. */
  async function paid(opened: AgentSession, given: Turn): Promise<TurnOutcome> {
    const { watch, ofFailed } = keepUsage();
    const outcome = await opened.prompt({ ...given, ...watch }).catch(async (error: unknown) => {
      const told = ofFailed(error);
      if (told !== undefined) await spent(opened, told, false);
      throw error;
    });
    await spent(opened, outcome, true);
    return outcome;
  }

  async function spent(opened: AgentSession, told: UsageTold, hasEnded: boolean): Promise<void> {
    await ports.purse.spent(plan, ofThisTurn(told), hasEnded);
    // After the books: what a crash in between leaves uncounted here is counted once more, not forgotten.
    const { counted } = opened;
    if (opened.id !== record.sessionId || counted !== record.counted)
      await keep({ sessionId: opened.id, counted });
  }

  /** Programs say what a session has cost so far. One that was resumed may say it of its whole past: counted once more, on the safe side. */
  function ofThisTurn({ usage, model, costUsd: costSoFarUsd }: UsageTold): UsageTold {
    const told = { ...(usage === undefined ? {} : { usage }), ...(model === undefined ? {} : { model }) };
    if (costSoFarUsd === undefined) return told;
    const costUsd = Math.max(0, costSoFarUsd - costBeforeUsd);
    costBeforeUsd = costSoFarUsd;
    return { ...told, costUsd };
  }

  /** What the workspace refuses for a passing reason is asked again; anything else ends the helper. */
  async function later<T>(ask: () => Promise<T>, news: News): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof PleiadError) || !error.retryable || stopping.signal.aborted) throw error;
        logger.debug({ code: error.code }, "the workspace is asked again");
        await news.pause(PAUSE_MS);
      }
    }
  }

  const ended = live();
  ended.catch(() => undefined);

  async function end(how: typeof why): Promise<void> {
    why = how;
    stopping.abort();
    await ended;
  }

  return {
    plan,
    ended,
    status: () => ({
      name: plan.name,
      service: plan.service,
      ...(asking > 0 && state === "working" ? ASKING : { state, note }),
      turns,
      restarts,
      sessionId: record.sessionId,
      sinceMs,
    }),
    record: () => record,
    pause: () => end("paused"),
    stop: () => end("stopped"),
    restart() {
      restarts += 1;
      current.abort();
      interrupt();
    },
  };
}

/** Of what it asks leave for nobody is told here: only its operator and the cluster's owner may see that. */
const ASKING = { state: "asking", note: "asks leave, and waits for an answer" } as const;

function placeOf({ hasFolder = true }: SessionDriver, { project }: HelperPlan): "project" | "empty" | "none" {
  if (!hasFolder) return "none";
  return project === undefined ? "empty" : "project";
}

/** Not worth another try of the same job, and yet a reason to start a program again: the work that brought it about is put aside first. */
const PASSING: ReadonlySet<string> = new Set([
  "AGENT_TIMED_OUT",
  "AGENT_OUTPUT_TOO_LARGE",
  "AGENT_OUTPUT_NOT_UTF8",
]);

export function serviceUnknown(service: string, known: readonly string[]): PleiadError {
  return new PleiadError(
    `no service ${JSON.stringify(service.slice(0, 80))} can be started as a helper here`,
    {
      code: "HELPER_SERVICE_UNKNOWN",
      hint:
        known.length === 0
          ? "configure one under `services` in pleiad.yaml, with a kind that lives for more than one prompt"
          : `choose one of: ${known.join(", ")}`,
      details: { service: service.slice(0, 80), known },
    },
  );
}
