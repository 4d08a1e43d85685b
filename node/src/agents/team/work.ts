import type { Attachment, TurnOutcome } from "../session.ts";
import { isBlank, withCutNote } from "../text.ts";
import { REPORT_BYTES_MAX, TURN_MAIL_MAX, TURN_TEXT_BYTES_MAX } from "./limits.ts";
import type { Errand, HelperDesk, Mail } from "./ports.ts";
import { errandText, mailBytes, mailText, taskText } from "./prompts.ts";
import type { HelperRecord } from "./records.ts";

/** One turn's worth of work. What there is to do is always asked of the log and the record, so a crash loses nothing of it. */
export interface Work {
  /** The same after a crash: by it tries are counted. */
  readonly key: string;
  /** In a few words, for whoever looks on. */
  readonly title: string;
  readonly text: string;
  readonly attachments: readonly Attachment[];
  /** Says that it begins, to whoever waits for it. */
  begin(): Promise<void>;
  /** What is told of it to whoever waits for it; undefined where nobody is told. */
  resultOf(outcome: TurnOutcome, changes: string): string | undefined;
  /** What came of it goes to whoever waits for it; may be said again after a crash, and counts once. */
  end(result: string | undefined): Promise<void>;
  /** It is not tried again. */
  putAside(why: string): Promise<void>;
}

/** The next thing to do: the task it was spawned with, then what was handed to it, then its messages. */
export async function nextWork(record: HelperRecord, desk: HelperDesk): Promise<Work | undefined> {
  const { plan, isTaskDone, life } = record;
  if (plan.task !== undefined && !isTaskDone) return taskWork(plan.task, life, plan.attachments ?? [], desk);
  const [errand] = await desk.errands();
  if (errand !== undefined) return errandWork(errand, desk);
  const unread = await desk.unread();
  return unread.length === 0 ? undefined : mailWork(firstOf(unread), desk);
}

function taskWork(task: string, life: string, attachments: readonly Attachment[], desk: HelperDesk): Work {
  return {
    key: "task",
    title: "its task",
    text: taskText(task),
    attachments,
    begin: async () => {},
    resultOf: answerOf,
    end: (result = "") => desk.report(result, `task:${life}`),
    putAside: (why) => desk.report(`I gave the task up: ${why}`, `task:${life}`),
  };
}

function errandWork(errand: Errand, desk: HelperDesk): Work {
  const { id } = errand;
  return {
    key: `errand:${id}`,
    title: `work for ${errand.from}`,
    text: errandText(errand),
    attachments: [],
    begin: () => desk.beginErrand(id),
    resultOf: answerOf,
    end: (result = "") => desk.endErrand(id, "done", result),
    putAside: (why) => desk.endErrand(id, "failed", `given up: ${why}`),
  };
}

function mailWork(mail: readonly Mail[], desk: HelperDesk): Work {
  const ids = mail.map(({ id }) => id);
  return {
    // By the first alone: more may have come when it is tried again.
    key: `mail:${ids[0]}`,
    title: mail.length === 1 ? `a message from ${mail[0]?.from}` : `${mail.length} messages`,
    text: mailText(mail),
    attachments: [],
    begin: async () => {},
    resultOf: () => undefined,
    end: () => desk.acknowledge(ids),
    // The first is what the tries were counted for; the others come again without it.
    async putAside(why) {
      const [id = ""] = ids;
      await desk.report(`I could not take a message from ${mail[0]?.from} (${id}): ${why}`, asideOf(id));
      await desk.acknowledge(ids.slice(0, 1));
    },
  };
}

/** A message's id is longer than a request may be: the first 160 bits of it tell it from any other. */
function asideOf(id: string): string {
  return `aside:${id.slice(0, 42)}`;
}

/** As many as one turn bears, the first in any case. */
function firstOf(mail: readonly Mail[]): readonly Mail[] {
  const taken: Mail[] = [];
  let bytes = 0;
  for (const one of mail.slice(0, TURN_MAIL_MAX)) {
    bytes += mailBytes(one);
    if (taken.length > 0 && bytes > TURN_TEXT_BYTES_MAX) break;
    taken.push(one);
  }
  return taken;
}

function answerOf({ output, stopReason }: TurnOutcome, changes: string): string {
  const said = new TextDecoder().decode(output);
  // An agent may do its work without a word; nobody takes a message that has none.
  const words = isBlank(said) ? [] : [said];
  if (stopReason !== "end") words.push(`${words.length > 0 ? "\n" : ""}[it was cut short: ${stopReason}]`);
  if (changes !== "") words.push(`${words.length > 0 ? "\n\n" : ""}Changed files:\n${changes}`);
  const answer = words.length === 0 ? "[it is done, without a word]" : words.join("");
  return withCutNote(answer, REPORT_BYTES_MAX, "shown");
}
