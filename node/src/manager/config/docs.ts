import { FILE_EXAMPLE } from "./example.ts";
import { MANAGER_KEYS, MANAGER_SECTIONS, type ManagerKey, REQUIRED_SECTIONS } from "./keys.ts";
import { parseManagerFile } from "./parse.ts";
import { MANAGER_RELATIONS } from "./relations.ts";

const HEAD = `# The cluster manager's file

A cluster manager keeps clusters healthy by what one file says. \`manager.file\` of \`pleiad.yaml\` names it ([config.md](config.md#manager)); without it no manager runs.
It is YAML with the one key \`cluster_manager\`. A wrong key or value refuses the whole file, with the line and key of every mistake. What alerts mean and what to do
about them stands in [troubleshooting.md](troubleshooting.md).

This page is made from \`node/src/manager/config/keys.ts\` by \`node scripts/manager-docs.ts\`.
`;

const BEGIN = `## Begin

On a local network the file stands in the data folder as \`cluster-manager.yaml\`, and the first of the three daemons follows it from the next start on. \`pleiad up\` writes each daemon's \`pleiad.yaml\` anew,
so naming it there does not last. In Pleiad's folder, with the network ended by Ctrl-C:

\`\`\`sh
cp examples/cluster-manager.yaml .pleiad/
pleiad up
\`\`\`

For a daemon of your own, name the file in its \`pleiad.yaml\`, a path from that file's folder, and start it again: \`manager: { file: cluster-manager.yaml }\`. Then, in another terminal:

\`\`\`sh
pleiad manager status
pleiad manager explain document-brief
pleiad manager route document-brief
\`\`\`

A cluster is formed of agents that are in none, are on a model that a node serves, and say what they can do. The chain keeps what they say, in words of your choice: capabilities of the agent's registration file
(its \`capabilities\`, \`skills\` and \`role\`) where that stands in its address whole (\`data:\`). A file that is elsewhere, or of which the chain has the digest alone, is not read. The sample agents say
nothing and are in a cluster; so these come first:

\`\`\`sh
pleiad agent register --name reader-2 --capability reading --model 1
pleiad agent register --name writer-2 --capability writing --model 2
pleiad agent register --name writer-3 --capability writing --model 2
pleiad manager form weekly-brief --goal "Sum up the week" --need reading --need writing:2 --budget 0.01ether --price-max 0.002ether
\`\`\`

The answer is a plan: its members, its steps, what each is for, and what it costs at most. Its publication takes the key of the cluster's owner, who is whoever asked unless \`--owner\` says another;
on a local network that is the requester's throwaway key:

\`\`\`sh
pleiad manager apply PLAN
pleiad cluster show weekly-brief
\`\`\`

To have it looked after, name it in \`relationships.clusters\` of the file, or its owner in \`relationships.owners\`. What cannot be formed now is tried again for a week: \`pleiad manager requests\` lists it.
`;

const RELOADING = `## When it changes

The file is looked at every second, by its name, so it may be written in place, renamed over, or be a link that is led elsewhere. It counts once it has stayed as it is for half a second,
and all of it at once; rename over it, rather than write in place, where half of it would be a file, too. A file that is wrong, gone or writable by anybody changes nothing: the manager goes on
with what it knows, says so once in the log and in \`pleiad manager status\`, with the line and key, and takes the next one that is right.
\`id\` and \`databases\` change with a restart alone (\`MANAGER_RESTART_NEEDED\`): what the manager keeps is under them.

YAML is read as 1.2 without aliases, merge keys, tags, or a second document. The file has at most 32768 bytes, and must not be writable by anybody (\`chmod o-w FILE\`).
`;

const SINKS = `## Sinks

Alerts are in the API in any case. \`alert_sinks\` says where else they go. What stands there is called, and nothing else: no redirect is followed, an answer is waited for
for 10 seconds, and no more than 4096 bytes of it are read. Each sink has its own queue of 256 alerts and its own pace; a dead one holds up neither the manager nor another sink. What was not delivered
is tried again after 1 s, 2 s, 4 s and so on up to 5 minutes, for a day; where the queue is full the oldest goes. What is lost so is logged and counted
(\`pleiad_manager_lost_deliveries_total\`). What waits is on disk and goes out after a restart.

| kind | keys besides \`kind\` | what it gets |
| --- | --- | --- |
| \`log\` | \`name\` (default \`log\`) | a line of the daemon's log for each change: \`warn\` where an alert fires, \`info\` else |
| \`webhook\` | \`name\`, \`url\`, \`secret_file\` | a POST of JSON for each change, signed: see below |
| \`alertmanager\` | \`name\`, \`url\` (of the Alertmanager, as \`http://127.0.0.1:9093\`) | \`POST /api/v2/alerts\`: all that fires, every minute and at each change; what is over with its \`endsAt\`, for 15 minutes |

### A webhook's request

\`\`\`
POST /your/path
content-type: application/json
pleiad-delivery: main-5f8c01d2-000000000000004
pleiad-timestamp: 1785310000
pleiad-signature: v1=5f8c…

{"delivery":"main-5f8c01d2-000000000000004","event":"firing","manager":"main","alert":{"id":"resource_usage.node-3.mdx1k2","name":"resource_usage","subject":"node/3","state":"firing","value":0.93,"threshold":0.8,"summary":"…","sinceMs":1785309930000,"firedAtMs":1785309990000,"resolvedAtMs":null,"acknowledgedBy":null}}
\`\`\`

\`event\` is \`firing\`, \`acknowledged\` or \`resolved\`. Answer 2xx, at once: anything else, a redirect too, counts as not delivered. One that answers 4xx (but 408, 425 and 429) five times to the same
request is not asked again for it. The first answer may be lost on its way, so **a delivery may come more than once**: remember \`pleiad-delivery\`, and do nothing for one that you know. Deliveries of
one sink come in the order in which things happened.

To verify one: make the HMAC-SHA256, with the content of the secret's file (without the line break at its end) as the key, over \`pleiad-timestamp\`, a full stop and the bytes of the body as they came; compare
it with what stands behind \`v1=\`, in hex, in constant time; refuse a timestamp that is more than five minutes away from now. Each try is signed afresh, so an old request is of no use to whoever has
recorded it: within five minutes \`pleiad-delivery\`, which is part of the body, tells it.

\`\`\`js
import { createHmac, timingSafeEqual } from "node:crypto";

function isGenuine(secret, headers, body) {
  const timestamp = headers["pleiad-timestamp"];
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300)) return false;
  const mac = createHmac("sha256", secret).update(timestamp + ".").update(body).digest("hex");
  const wanted = Buffer.from("v1=" + mac);
  const given = Buffer.from(headers["pleiad-signature"] ?? "");
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
\`\`\`

The secret's file has mode 0600 and 16 to 1024 bytes: \`(umask 077; openssl rand -hex 32 > alert.secret)\`.
`;

/**
 * The page `docs/manager.md`, made from the table that the parser reads by.
 *
 * @returns Markdown
 */
export function renderManagerDocs(): string {
  // So that the example cannot go stale.
  parseManagerFile(FILE_EXAMPLE, "example.yaml");
  const keys = Object.entries(MANAGER_KEYS) as [string, ManagerKey][];
  const top = keys.filter(([name]) => !name.includes("."));
  const parts = [
    HEAD,
    BEGIN,
    `## Example\n\n\`\`\`yaml\n${FILE_EXAMPLE}\`\`\`\n`,
    `## cluster_manager\n\n${table(top)}`,
    ...Object.entries(MANAGER_SECTIONS).map(([section, meaning]) => {
      const inside = keys.filter(([name]) => name.startsWith(`${section}.`));
      const need = REQUIRED_SECTIONS.includes(section) ? " Required." : "";
      return `### ${section}\n\n${meaning}${need}\n\n${table(inside)}`;
    }),
    `## Rules over more than one key\n\nThey are looked at once every key is right by itself.\n\n${MANAGER_RELATIONS.map(({ meaning }) => `- ${meaning}\n`).join("")}`,
    SINKS,
    RELOADING,
  ];
  return parts.join("\n");
}

function table(keys: readonly (readonly [string, ManagerKey])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  const head = ["key", "meaning", "expected", "default, and why"];
  const rows = keys.map(([name, { meaning, expected, absent }]) => [
    `\`${name}\``,
    meaning,
    expected,
    absent === undefined ? "required" : `${absent.text}: ${absent.why}`,
  ]);
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}
