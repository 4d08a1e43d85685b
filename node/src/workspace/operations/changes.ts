import type { Address, Hex } from "viem";
import type { Desk, Visit } from "../desk.ts";
import { CHANGE_TEXT_CHARS_MAX } from "../limits.ts";
import { isOfUser, isParticipant, mayDo, type Operation } from "../scope.ts";
import { startOf } from "../texts.ts";
import type { PartyId, SeenChange, ViewName, WorkspaceChange, WorkspaceOperations } from "../types.ts";
import { isEntryType, readEntry, type Said } from "../views/entryTypes.ts";
import { partyOf } from "../views/party.ts";

/** Who may read a view may see what changes in it, as far as it is his. */
const READ_BY: Readonly<Record<ViewName, Operation>> = {
  messages: "readMessages",
  context: "readContext",
  rules: "readRules",
  memory: "recall",
  threads: "readThread",
  jobs: "listJobs",
  presence: "listAgents",
  files: "listReservations",
};

/** Of a change: what it is about, and its text. */
interface Told {
  readonly about?: string;
  readonly text?: string;
  /** Where another than who signed asked for it. */
  readonly party?: PartyId;
}

/** Changes as one speaker may see them: by the rules of reading, so that nothing is told here that may not be read. */
export function createChangeOperations(desk: Desk): Pick<WorkspaceOperations, "seeChanges"> {
  return {
    async seeChanges(changes) {
      const visit = await desk.enter("seeChanges");
      return changes.map((change) => seen(visit, change));
    },
  };
}

function seen(visit: Visit, { cluster, view, type, entry }: WorkspaceChange): SeenChange {
  const { grant, space } = visit;
  const bare = { view, type };
  if (entry === undefined || view === "all" || cluster !== grant.cluster) return bare;
  if (!mayDo(grant, READ_BY[view]) || !isEntryType(entry.type)) return bare;
  const said = readEntry({ ...entry, type: entry.type });
  const told = said === undefined || !isSeen(visit, view, said) ? undefined : tell(visit, said);
  if (told === undefined) return bare;
  const { about, text, party = partyOf(entry.author, entry.feed.node) } = told;
  return {
    ...bare,
    id: entry.id,
    author: space.names.partyOf(party),
    ...(about === undefined ? {} : { about: startOf(about, CHANGE_TEXT_CHARS_MAX) }),
    ...(text === undefined ? {} : { text: startOf(text, CHANGE_TEXT_CHARS_MAX) }),
  };
}

/** Whether it is the speaker's to see: as each reading asks. */
function isSeen({ grant, space }: Visit, view: ViewName, { type, data, entry }: Said): boolean {
  const { messages, jobs } = space.views;
  const isOwn = partyOf(entry.author, entry.feed.node) === grant.party;
  switch (type) {
    case "message.sent":
      return isTheirs(entry.id);
    case "message.delivered":
    case "message.acknowledged":
      return isOwn || data.messages.every(isTheirs);
    case "memory.remembered":
    case "memory.forgotten":
    case "thread.posted":
      return data.user === grant.user;
    case "job.spawned":
    case "job.ended":
      return view === "jobs" ? isOfUser(grant, { user: data.user as Address }) : data.user === grant.user;
    case "job.started": {
      const job = jobs.get(data.job);
      return job !== undefined && isOfUser(grant, job);
    }
    default:
      return true;
  }

  function isTheirs(id: Hex | string): boolean {
    const message = messages.get(id);
    return message !== undefined && isParticipant(grant, message, messages);
  }
}

function tell({ space }: Visit, { type, data }: Said): Told {
  const nameOf = (party: PartyId) => space.names.partyOf(party).name;
  switch (type) {
    case "message.sent": {
      const { to, text } = data;
      if ("party" in to) return { about: `to ${nameOf(to.party)}`, text };
      return { about: "topic" in to ? `topic ${to.topic}` : "to all", text };
    }
    case "message.delivered":
    case "message.acknowledged":
      return { about: data.messages.length === 1 ? "1 message" : `${data.messages.length} messages` };
    case "topic.subscribed":
    case "topic.unsubscribed":
      return { about: `topic ${data.topic}` };
    case "context.written":
      return { about: data.key, text: data.value };
    case "context.deleted":
      return { about: data.key };
    case "context.decided":
      return { about: data.key, party: data.writer, ...(data.value === null ? {} : { text: data.value }) };
    case "rules.updated":
      return { text: data.text };
    case "rules.decided":
      return { text: data.text, party: data.writer };
    case "memory.remembered":
      return { text: data.text, ...(data.tags.length === 0 ? {} : { about: data.tags.join(", ") }) };
    case "memory.forgotten":
      return { about: data.memory };
    case "thread.posted":
      return { about: data.thread, text: data.text };
    case "job.spawned":
      return { about: `to ${nameOf(data.worker)}, thread ${data.thread}`, text: data.prompt };
    case "job.started":
      return { about: data.job };
    case "job.ended":
      return { about: `${data.state}, thread ${data.thread}`, text: data.text };
    case "agent.registered":
      return data.role === undefined ? {} : { text: data.role };
    case "presence.changed":
      return { about: data.state, ...(data.note === undefined ? {} : { text: data.note }) };
    case "helper.spawned":
      return { about: data.name, text: data.role };
    case "helper.ended":
      return { about: data.name, ...(data.reason === undefined ? {} : { text: data.reason }) };
    case "files.reserved":
      return { about: data.folder, text: data.paths.join(" ") };
    case "files.released":
      return {
        about: data.reservations.length === 1 ? "1 reservation" : `${data.reservations.length} reservations`,
      };
    default:
      return type satisfies never;
  }
}
