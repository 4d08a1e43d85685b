/** The cluster that a local network runs: three agents on three models read, write and check. */
export const SAMPLE_CLUSTER = {
  slug: "document-brief",
  name: "Document brief",
  description:
    "Reads a document, writes a brief with quotes, and checks every statement of it against the document.",
};

/** Names stand for the agent, its model and the sample program behind it. */
export const SAMPLE_AGENTS = [
  {
    name: "reader",
    role: "Reader",
    goal: "Find what matters in a document.",
    backstory: "Ranks sentences and key phrases by how they hang together, and adds nothing of its own.",
  },
  {
    name: "writer",
    role: "Writer",
    goal: "Compose a brief that can be read in two minutes.",
    backstory: "Writes from the reader's choice alone and quotes word for word.",
  },
  {
    name: "critic",
    role: "Critic",
    goal: "Let nothing pass that the document does not say.",
    backstory: "Looks every quote up and marks what it cannot find.",
  },
] as const;

export const SAMPLE_TASKS = [
  {
    name: "read",
    prompt:
      "Split the request into sections and sentences. Choose the sentences and key phrases that carry it, and give " +
      "each with its place.",
  },
  {
    name: "write",
    prompt:
      "Compose a brief with headings and quotes from what the reader chose. Quote exactly; invent nothing.",
  },
  {
    name: "check",
    prompt:
      "Check each statement of the brief against the request. Mark what you cannot find there, count both, and give " +
      "the final text.",
  },
] as const;
