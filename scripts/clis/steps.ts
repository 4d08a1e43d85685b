import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { listTagged } from "../../node/src/agents/processTable.mjs";
import { sweepOrphans } from "../../node/src/agents/sweep.ts";
import { agentTag } from "../../node/src/agents/tag.ts";
import type { ModelRequest } from "../../test/fixtures/modelServer/request.ts";
import type { Step } from "../../test/fixtures/modelServer/script.ts";
import { startModelServer } from "../../test/fixtures/modelServer/server.ts";
import { KEYS, type Subject } from "./subjects.ts";

/** The steps of the table, in their order. */
export const STEPS = [
  "spawn",
  "tool",
  "message",
  "edit",
  "killed",
  "secrets gone",
  "sweep",
  "resume",
] as const;

/** How a step went. */
export interface StepResult {
  readonly step: (typeof STEPS)[number];
  readonly ok: boolean;
  readonly ms: number;
  /** What went wrong. */
  readonly why: string;
}

/** What is promised of a daemon that dies: its agents are gone within this time. */
const GONE_WITHIN_MS = 5_000;
const POLL_MS = 20;
const TOKEN = "token-of-the-notes";
const NOTE_SERVER = resolve(import.meta.dirname, "..", "..", "test", "clis", "noteServer.mjs");

/** Runs one program through all steps; those after a failure that ends the session are not tried. */
export async function runSubject(subject: Subject): Promise<{ program: string; results: StepResult[] }> {
  const folder = mkdtempSync(join(tmpdir(), "pleiad-clis-"));
  const paths = {
    scratchFolder: join(folder, "scratch"),
    workFolder: join(folder, "work"),
    homeFolder: join(folder, "home"),
    noteLog: join(folder, "notes"),
    noteServer: NOTE_SERVER,
  };
  for (const path of [paths.scratchFolder, paths.workFolder, paths.homeFolder])
    mkdirSync(path, { mode: 0o700 });
  const edited = join(paths.workFolder, "edited.txt");
  const server = await startModelServer({
    script: (asked) => scriptOf(asked, subject.edit(edited, "edited")),
  });
  const prefix = `clis-${process.pid}-${Date.now().toString(36)}`;
  const tag = agentTag(prefix, subject.installed);
  const results: StepResult[] = [];
  let program = "";
  const orders = { subject: subject.name, origin: server.origin, tag, ...paths };
  let daemon: Daemon | undefined;
  let id: string | undefined;

  /** @returns whether it went well */
  async function step(
    name: StepResult["step"],
    work: (begin: () => void) => Promise<string | undefined>,
  ): Promise<boolean> {
    let startedAt = performance.now();
    const begin = (): void => {
      startedAt = performance.now();
    };
    const why = await work(begin).catch((error: Error) => error.message);
    const ms = Math.round(performance.now() - startedAt);
    results.push({ step: name, ok: why === undefined, ms, why: why ?? "" });
    return why === undefined;
  }
  const prompt = async (text: string, expected: string): Promise<string | undefined> => {
    const told = await daemon?.order({ ...orders, do: "prompt", text });
    id = (told?.id as string | undefined) ?? id;
    const answer = String(told?.answer ?? told?.message ?? "the daemon is gone");
    return answer.includes(expected) ? undefined : `it answers: ${answer.slice(0, 300)}`;
  };

  try {
    daemon = startDaemon();
    const opened = await step("spawn", async () => {
      const told = await daemon?.order({ ...orders, do: "open" });
      program = String(told?.program ?? "");
      id = told?.id as string | undefined;
      return told?.done === "open" ? undefined : String(told?.message);
    });
    if (opened) {
      await step("tool", async () => {
        const why = await prompt("please note", `token ${TOKEN}`);
        const log = existsSync(paths.noteLog) ? readFileSync(paths.noteLog, "utf8") : "";
        return why ?? (log.includes("a note of the agent") ? undefined : `the tool's log: ${log}`);
      });
      await step("message", () => prompt("please greet; this is the second message", "first words known"));
      await step("edit", async () => {
        const why = await prompt("please write", "written");
        const text = existsSync(edited) ? readFileSync(edited, "utf8") : "nothing";
        return text.trim() === "edited" ? why : `the file holds ${text}; ${why ?? ""}`;
      });
      await step("killed", async (begin) => {
        const waits = server.until(({ asked }) => asked !== undefined && orderOf(asked) === "please wait");
        const ended = await Promise.race([
          waits.then(() => undefined),
          daemon?.order({ ...orders, do: "prompt", text: "please wait" }),
        ]);
        if (ended !== undefined) return `the turn ended: ${ended.message ?? ended.answer}`;
        const running = taggedPids(tag).length;
        begin();
        await daemon?.kill();
        const left = await untilGone(tag);
        if (running === 0) return "nothing ran before";
        return left.length === 0 ? undefined : `${left.length} processes are left`;
      });
      await step("secrets gone", async () => {
        const found = filesWith(folder, TOKEN).filter((path) => path !== paths.noteLog);
        // What a tool answered may stand in the program's own record of the session: the answer names the token.
        const outside = found.filter((path) => !path.startsWith(`${paths.homeFolder}/`));
        const configured = found.filter((path) =>
          /(?:settings|config|mcp|opencode)\.(?:json|toml)$/.test(path),
        );
        const bad = [...new Set([...outside, ...configured])];
        return bad.length === 0 ? undefined : `the tools' token is in ${bad.join(", ")}`;
      });
      await step("sweep", async () => {
        const { killed, foldersLeft } = await sweepOrphans(prefix, paths.scratchFolder);
        const left = readdirSync(paths.scratchFolder);
        if (killed.length + foldersLeft.length + left.length === 0) return undefined;
        return `${killed.length} processes killed, ${left.length} folders left`;
      });
      await step("resume", async () => {
        if (id === undefined) return "it named no session";
        daemon = startDaemon();
        const told = await daemon.order({ ...orders, do: "open", resume: id });
        if (told.code === "AGENT_SESSION_LOST" && subject.losesSessions === true) {
          // As its callers do: it begins anew, and is told what it has to know.
          const anew = await daemon.order({ ...orders, do: "open" });
          if (anew.done !== "open") return String(anew.message);
          const why = await prompt("please greet", "no first words");
          await daemon.order({ ...orders, do: "close" });
          return why;
        }
        if (told.done !== "open") return String(told.message);
        const why = await prompt("please greet; this is after the crash", "first words known");
        await daemon.order({ ...orders, do: "close" });
        return why;
      });
    }
    return { program, results };
  } finally {
    await daemon?.kill();
    await untilGone(tag);
    await sweepOrphans(prefix, paths.scratchFolder);
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the model is asked to do: the last order in the conversation. */
function orderOf({ messages }: ModelRequest): string {
  const texts = messages.flatMap((message) => (message.from === "user" ? [message.text] : []));
  return [...texts.join("\n").matchAll(/please (?:note|greet|write|wait)/g)].at(-1)?.[0] ?? "";
}

function scriptOf(asked: ModelRequest, edit: Step): readonly Step[] {
  switch (orderOf(asked)) {
    case "please note":
      return [
        { call: "note", arguments: { text: "a note of the agent" } },
        { say: ({ results }) => `it said: ${results.join(" ")}` },
      ];
    case "please greet": {
      const known = asked.texts.some((text) => text.includes("please note"));
      return [{ say: known ? "first words known" : "no first words" }];
    }
    case "please write":
      return [edit, { say: ({ results }) => `written: ${results.join(" ")}` }];
    case "please wait":
      return [{ fault: { kind: "hang" } }];
    default:
      return [{ say: "what?" }];
  }
}

interface Daemon {
  order(orders: object): Promise<Record<string, unknown>>;
  kill(): Promise<void>;
}

function startDaemon(): Daemon {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, "daemon.ts")], {
    // Nothing of this machine's environment but where Node.js and the system's programs are.
    env: {
      PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      LANG: "C.UTF-8",
      npm_config_registry: "http://127.0.0.1:9/",
      ...KEYS,
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const waiting: ((told: Record<string, unknown>) => void)[] = [];
  if (child.stdout === null || child.stdin === null) throw new Error("a daemon without its pipes");
  createInterface({ input: child.stdout }).on("line", (line) => {
    const told = JSON.parse(line) as Record<string, unknown>;
    if (process.env.CLIS_VERBOSE !== undefined) console.log(line.slice(0, 500));
    if (told.event === undefined) waiting.shift()?.(told);
  });
  child.on("exit", () => {
    for (const tell of waiting.splice(0)) tell({ message: "the daemon is gone" });
  });
  const { stdin } = child;
  stdin.on("error", () => {});
  return {
    order: (orders) =>
      new Promise((tell) => {
        waiting.push(tell);
        stdin.write(`${JSON.stringify(orders)}\n`);
      }),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}

function taggedPids(tag: string): number[] {
  return listTagged().flatMap((entry) => (entry.tag === tag ? [entry.pid] : []));
}

async function untilGone(tag: string): Promise<number[]> {
  const deadline = performance.now() + GONE_WITHIN_MS;
  let left = taggedPids(tag);
  while (left.length > 0 && performance.now() < deadline) {
    await sleep(POLL_MS);
    left = taggedPids(tag);
  }
  return left;
}

/** Files below a folder that hold a text. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    return entry.isFile() && readFileSync(path).includes(text) ? [path] : [];
  });
}
