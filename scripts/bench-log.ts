import { sign } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openLevelBackend } from "../node/src/store/levelBackend.ts";
import { createViews } from "../node/src/workspace/views/views.ts";
import { identities, openStand, type Stand } from "./log/stand.ts";

/**
 * `npm run bench:log [-- --entries N] [--json]`: what a cluster's log costs. Appends that are durable, one after the other and
 * 64 at once, beside signing and flushing alone in the same run; bringing a second node level with all of them; rebuilding all
 * views from the disk, as after a start.
 */
const APPENDS = 20_000;
const ENTRIES_DEFAULT = 100_000;
const AT_ONCE = 64;
/** A line of talk. Bytes. */
const TEXT_BYTES = 200;
const USER = "0x00000000000000000000000000000000000000aa";
const ANSWER_BYTES = 4 * 1024 * 1024;

const { values } = parseArgs({
  options: {
    entries: { type: "string", default: String(ENTRIES_DEFAULT) },
    json: { type: "boolean", default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), "pleiad-bench-log-"));
try {
  await main(Number(values.entries));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(entries: number): Promise<void> {
  const of = identities([1n, 2n]);
  const one = await openStand(folder, 1n, of);
  await one.log.start();
  const alone = await flushedAlone(one, APPENDS / 10);
  const eachSerial = await perSecond(APPENDS / 10, () => appendAll(one, APPENDS / 10, 1));
  const grouped = await flushedTogether(one, APPENDS);
  const each = await perSecond(APPENDS, () => appendAll(one, APPENDS, AT_ONCE));
  const said = APPENDS + APPENDS / 10;
  await appendAll(one, Math.max(0, entries - said), 1_024);

  const two = await openStand(folder, 2n, of);
  await two.log.start();
  const catchUpMs = await timed(() => bring(one, two));
  const views = createViews();
  let heard = 0;
  one.log.onEntry((entry) => {
    heard += 1;
    views.apply(entry);
  });
  const rebuildMs = await timed(() => one.log.rebuild());
  if (views.invalid() + views.unknown() > 0)
    throw new Error("the views do not take what this benchmark says");
  const total = one.log.status().entries;
  await one.close();
  await two.close();

  const result = {
    serialPerSecond: Math.round(eachSerial),
    serialOfAlone: ratio(eachSerial, alone),
    appendsPerSecond: Math.round(each),
    appendsOfGrouped: ratio(each, grouped),
    entries: total,
    heard,
    catchUpMs: Math.round(catchUpMs),
    rebuildMs: Math.round(rebuildMs),
    loadAverage: loadavg()[0],
  };
  if (values.json) return console.log(JSON.stringify(result));
  console.log(
    `${availableParallelism()} cores, load ${result.loadAverage?.toFixed(1)}, entries of ${TEXT_BYTES} bytes of text`,
  );
  console.log(
    `append, one after the other: ${result.serialPerSecond} a second, ${result.serialOfAlone} of signing and flushing alone`,
  );
  console.log(
    `append, ${AT_ONCE} at once: ${result.appendsPerSecond} a second (at least 2,000 asked), ${result.appendsOfGrouped} of signing and flushing ${AT_ONCE} at a time`,
  );
  console.log(`catch-up of ${total} entries: ${result.catchUpMs} ms (at most 20,000 asked for 100,000)`);
  console.log(
    `rebuilding all views from them: ${result.rebuildMs} ms, ${heard} heard (at most 10,000 asked for 100,000)`,
  );
}

async function appendAll({ log }: Stand, count: number, atOnce: number): Promise<void> {
  let next = 0;
  async function writer(): Promise<void> {
    while (next++ < count) {
      await log.append({ author: { kind: "node" }, ...saying(next) });
    }
  }
  await Promise.all(Array.from({ length: atOnce }, writer));
}

/** In turn what agents say most, as the views take it. */
function saying(number: number): { readonly type: string; readonly data: Readonly<Record<string, unknown>> } {
  const text = `${number} ${"x".repeat(TEXT_BYTES)}`;
  switch (number % 4) {
    case 0:
      return { type: "message.sent", data: { to: { broadcast: true }, text } };
    case 1:
      return { type: "thread.posted", data: { user: USER, thread: `t${number % 50}`, text } };
    case 2:
      return { type: "context.written", data: { key: `key-${number % 500}`, value: text } };
    default:
      return { type: "memory.remembered", data: { user: USER, text, tags: [] } };
  }
}

/** As fast as this machine signs and flushes entries of that size, one by one. */
async function flushedAlone({ signingKey }: Stand, count: number): Promise<number> {
  return withBackend("alone", (write) =>
    perSecond(count, async () => {
      for (let index = 0; index < count; index++) await write([signed(signingKey, index)]);
    }),
  );
}

/** The same, as many at a time as the appends below. */
async function flushedTogether({ signingKey }: Stand, count: number): Promise<number> {
  return withBackend("together", (write) =>
    perSecond(count, async () => {
      for (let from = 0; from < count; from += AT_ONCE) {
        await write(Array.from({ length: AT_ONCE }, (_, at) => signed(signingKey, from + at)));
      }
    }),
  );
}

type Write = (entries: readonly { readonly key: string; readonly value: Uint8Array }[]) => Promise<void>;

async function withBackend<T>(name: string, use: (write: Write) => Promise<T>): Promise<T> {
  const backend = await openLevelBackend({ folder: join(folder, name), create: true });
  try {
    return await use((entries) => backend.write(entries, true));
  } finally {
    await backend.close();
  }
}

function signed(signingKey: Stand["signingKey"], index: number) {
  const bytes = Buffer.alloc(134 + 40 + TEXT_BYTES + 40);
  bytes.writeUInt32BE(index);
  return {
    key: `entry/${String(index).padStart(16, "0")}`,
    value: Buffer.concat([bytes, sign(null, bytes, signingKey)]),
  };
}

async function bring(from: Stand, to: Stand): Promise<void> {
  for (let more = true; more; ) {
    const answer = await from.log.since(to.log.vector(), ANSWER_BYTES);
    more = answer.more;
    await to.log.take(answer.parcel, "1");
  }
}

async function perSecond(count: number, run: () => Promise<void>): Promise<number> {
  return (count * 1_000) / (await timed(run));
}

async function timed(run: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await run();
  return performance.now() - from;
}

function ratio(one: number, other: number): string {
  return (one / other).toFixed(2);
}
