import type { JobStory } from "../../api/operate.ts";

type Row = JobStory["moments"][number];

/** What each moment of a job says once it was. */
export const MOMENT_WORDS: Readonly<Record<Row["moment"], readonly [done: string, text: string]>> = {
  created: ["Created on the chain", "Somebody paid for the run."],
  ready: ["Ready", "What it depends on was accepted."],
  seen: ["Seen by this node", "The event was read from the chain."],
  begun: ["Taken up", "The task was promised, and the agent asked."],
  answered: ["Answered", "The agent's answer is on the disk."],
  signed: ["Signed", "With the node's key; no other answer can be signed for this."],
  gossiped: ["Told to peers", "Anybody may carry it to the chain."],
  sent: ["Sent", "In a transaction of this node."],
  mined: ["Accepted", "It stands in a block, and the fee is earned."],
  final: ["Final", "So deep in the chain that nothing takes it away."],
};

/** What is waited for, in place of the above. */
export const WAIT_WORDS: Readonly<Partial<Record<Row["moment"], string>>> = {
  answered: "The agent is at it.",
  signed: "It will be signed.",
  gossiped: "Peers will be told.",
  sent: "It waits for its turn and its transaction.",
  mined: "It waits for a block.",
  final: "It waits for blocks on top of it.",
};
