import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Path of the JSON Schema that editors check `cluster.yaml` by. */
export function clusterSchemaPath(): string {
  return join(
    dirname(fileURLToPath(import.meta.resolve("@pleiad/sdk/blueprint/limits"))),
    "cluster.schema.json",
  );
}

/**
 * The text of an example `cluster.yaml`. It runs on the models of the local network, which have the ids 1 to 3.
 *
 * @param folder Where it will lie, for the path of the schema.
 */
export function clusterYaml(folder: string): string {
  const schema = relative(folder, clusterSchemaPath());
  return `# yaml-language-server: $schema=${schema}
# A cluster as code: see what it would change with "pleiad cluster apply cluster.yaml --dry-run".

# Short name, unique on the chain for ever.
slug: my-brief
name: My brief
description: Reads a document, writes a brief of it, and checks the brief against the document.

# What you earn from each run that succeeds. Where the models are paid in an ERC-20 token: "0.5 token".
fee: 10 gwei

# Seconds after which the next node may step in for a silent one: at least three block times of the chain.
windowSeconds: 10

# Models by name: registered ones by their id (these are the local network's), or terms of a new one:
#   poet: { price: 0.0001 ether, nodeShareBps: 7000 }
# or of one that is paid in an ERC-20 token (all models of a version are paid in one currency):
#   poet: { price: 0.5 token, currency: "0x…", nodeShareBps: 7000 }
models:
  reader: { id: 1 }
  writer: { id: 2 }
  critic: { id: 3 }

# Personas. An agent without an id is registered for you.
agents:
  - name: reader
    model: reader
    role: Reader
    goal: Find what matters in a document.
  - name: writer
    model: writer
    role: Writer
    goal: Compose a brief that can be read in two minutes.
  - name: critic
    model: critic
    role: Critic
    goal: Let nothing pass that the document does not say.

# Steps, in order. Without dependsOn each builds on the one before; "dependsOn: []" builds on none.
tasks:
  - name: read
    agent: reader
    prompt: Choose the sentences and key phrases that carry the document, and give each with its place.
  - name: write
    agent: writer
    prompt: Compose a brief with headings and quotes from what the reader chose. Invent nothing.
  - name: check
    agent: critic
    dependsOn: [write]
    prompt: Check each statement of the brief against the document, and give the final text.
`;
}
