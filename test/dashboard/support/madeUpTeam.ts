import { PleiadError } from "@pleiad/sdk/errors";
import type { Hex } from "viem";
import type {
  Job,
  Member,
  Party,
  PartyId,
  Workspace,
  WorkspaceChange,
  WorkspaceOperations,
} from "../../../node/src/workspace/types.ts";
import type { StoredMessage } from "../../../node/src/workspace/views/messages.ts";
import { talkOf } from "../../../node/src/workspace/views/talk.ts";

/** A workspace of as many agents as a test wants, with the daemon's own counting over messages that nobody sent. */
export interface MadeUpTeam {
  readonly workspace: Pick<Workspace, "as" | "onChange" | "clusters" | "status" | "check">;
  readonly members: Member[];
  readonly jobs: Job[];
  /** A version whose tasks go from the first agents of the chain to the next ones. */
  readonly version: object;
  say(from: PartyId, to: PartyId | undefined, text: string): void;
  /** Pages that hear of what is said. */
  listeners(): number;
  /** Another program's state: told by nobody, as in a daemon. */
  change(id: PartyId, change: Partial<Member>): void;
}

const CLUSTER = 1n;
/** Agents of the chain among them. */
const OF_CHAIN = 8;
const WORDS = [
  "build",
  "tests",
  "review",
  "the parser",
  "is green",
  "fails in line",
  "merged",
  "look at",
  "done",
];

/** @param messages already said when somebody looks first */
export function madeUpTeam({
  agents,
  messages = 0,
}: {
  readonly agents: number;
  readonly messages?: number;
}): MadeUpTeam {
  const handlers = new Set<(change: WorkspaceChange) => void>();
  const said: StoredMessage[] = [];
  const jobs: Job[] = [];
  const chain = Math.min(OF_CHAIN, agents);
  const members = Array.from({ length: agents }, (_, index) =>
    index < chain ? ofChain(index) : helper(index - chain, Math.floor((index - chain) / 50) + 1),
  );
  let clockMs = Date.now() - messages * 200;
  let random = 7;
  const draw = (below: number) => {
    random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
    return random % below;
  };

  function put(from: PartyId, to: PartyId | undefined, text: string): void {
    const number = (said.length + 1).toString(16).padStart(64, "0");
    const id: Hex = `0x${number}`;
    clockMs = messages > said.length ? clockMs + 200 : Date.now();
    const recipients =
      to === undefined ? ({ kind: "broadcast" } as const) : ({ kind: "direct", party: to } as const);
    said.push({ id, order: number, node: 1n, party: from, atMs: clockMs, to: recipients, text, thread: id });
  }
  // Neighbours talk most: as in teams whose members work on the same.
  for (let count = 0; count < messages && agents > 1; count += 1) {
    const from = draw(agents);
    const to = (from + 1 + draw(Math.min(4, agents - 1))) % agents;
    put(
      members[from]?.id ?? "",
      members[to]?.id ?? "",
      [0, 1, 2].map(() => WORDS[draw(WORDS.length)]).join(" "),
    );
  }

  function tell(view: WorkspaceChange["view"], type: string): void {
    for (const handler of handlers) handler({ cluster: CLUSTER, view, type });
  }

  const operations: Partial<WorkspaceOperations> = {
    listAgents: async () => members,
    readTalk: async ({ last = 2_000 } = {}) => talkOf(said.slice(-last)),
    async aboutAgent(name) {
      const agent = members.find((member) => member.id === name || member.name === name);
      if (agent === undefined) throw new PleiadError(`there is no ${name}`, { code: "RECIPIENT_UNKNOWN" });
      return { agent, helper: null };
    },
    listJobs: async () => jobs,
    listThreads: async () => [],
    listReservations: async () => [],
    readMessages: async () => [],
    readRules: async () => null,
    seeChanges: async (changes) => changes.map(({ view, type }) => ({ view, type })),
  };
  return {
    members,
    jobs,
    version: versionOf(chain),
    workspace: {
      as: () => operations as WorkspaceOperations,
      onChange(handler) {
        handlers.add(handler);
        return () => void handlers.delete(handler);
      },
      clusters: () => [CLUSTER],
      status: () => ({
        cluster: CLUSTER,
        unknown: 0,
        invalid: 0,
        own: { bytes: 0, bytesMax: 1, kept: 0, keptMax: 1 },
      }),
      check: async () => {},
    },
    listeners: () => handlers.size,
    say(from, to, text) {
      put(from, to, text);
      tell("messages", "message.sent");
    },
    change(id, change) {
      const index = members.findIndex((member) => member.id === id);
      const before = members[index];
      if (before === undefined) throw new Error(`there is no ${id}`);
      members[index] = { ...before, ...change };
    },
  };
}

function ofChain(index: number): Member {
  return {
    id: `agent:${index}`,
    kind: "agent",
    name:
      ["planner", "coder", "reviewer", "tester", "writer", "builder", "auditor", "releaser"][index] ??
      "agent",
    role: "does its part of each run",
    capabilities: [],
    isAlive: true,
    lastSeenMs: Date.now(),
    state: "running",
    node: 1n,
  };
}

function helper(index: number, node: number): Member {
  const name = `helper-${String(index).padStart(3, "0")}`;
  const state = (["working", "waiting", "working", "spawning"] as const)[index % 4] ?? "waiting";
  const spawner: Party =
    index % 5 === 0
      ? { id: `node:${node}`, kind: "node", name: `node:${node}`, node: BigInt(node) }
      : { id: `agent:${index % OF_CHAIN}`, kind: "agent", name: "an agent" };
  return {
    id: `helper:${node}/${name}`,
    kind: "helper",
    name,
    role: "helps",
    capabilities: [],
    isAlive: true,
    lastSeenMs: Date.now(),
    node: BigInt(node),
    spawnedBy: spawner,
    program: {
      service: ["claude", "codex", "local"][index % 3] ?? "claude",
      state,
      note: state === "waiting" ? "waits for messages" : "works at its task",
      turns: index,
      restarts: 0,
      sinceMs: Date.now() - index * 1_000,
      task: `Make the tests of part ${index} pass, and say what was wrong with it`,
    },
  };
}

function versionOf(count: number): object {
  const names = Array.from({ length: count }, (_, index) => ofChain(index).name);
  return {
    agents: names.map((name, index) => ({
      agent: BigInt(index),
      name,
      role: "does its part",
      goal: "",
      backstory: "",
    })),
    tasks: names.map((name, task) => ({
      task,
      name: `task of ${name}`,
      prompt: "",
      tool: "",
      toolArguments: "",
      agentIndex: task,
      model: 1n,
      priceWei: 1n,
      nodeShareBps: 7_000,
      // Two and two wait for the two before.
      dependsOn: task < 2 ? [] : [task - 2, ...(task % 2 === 0 ? [task - 1] : [])],
      quorum: 1,
    })),
  };
}
