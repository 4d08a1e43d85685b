import { setTimeout as wait } from "node:timers/promises";
import { PleiadError } from "@pleiad/sdk/errors";
import { type BenchDaemon, openBenchDaemon, USER } from "./daemon.ts";

/** One daemon of `bench:workspace`: does what its parent says, and tells when entries were written and seen. */
export type Order =
  | { readonly do: "dial"; readonly addresses: readonly string[] }
  /** Posts numbered lines to a thread from one number to another, so many a second. */
  | { readonly do: "write"; readonly from: number; readonly to: number; readonly perSecond: number }
  /** Writes a context key that stands on the version before, so many times, from several hands. */
  | { readonly do: "contend"; readonly hands: number; readonly times: number }
  | { readonly do: "report" };

export type Told =
  | { readonly told: "up"; readonly addresses: readonly string[] }
  | { readonly told: "acked"; readonly number: number }
  /** Microseconds between the call that wrote an entry and its being in the views of this process. */
  | { readonly told: "seen"; readonly delaysUs: readonly number[] }
  | { readonly told: "contended"; readonly written: readonly string[] }
  | {
      readonly told: "report";
      readonly dump: string;
      readonly entries: number;
      readonly lines: readonly string[];
      readonly history: readonly string[];
      readonly peers: number;
    };

const [folder = "", nodeText = "0", portText = "0"] = process.argv.slice(2);
const node = BigInt(nodeText);
const THREAD_KEY = "counter";
const delaysUs: number[] = [];
const lines = new Map<string, number>();
let isUp = false;
const daemon = await openBenchDaemon(folder, node, Number(portText), ({ feed, data, type }) => {
  if (type !== "message.sent") return;
  const [writer, number, atUs] = String(data.text).split(" ");
  if (writer === undefined || number === undefined) return;
  lines.set(`${writer} ${number}`, (lines.get(`${writer} ${number}`) ?? 0) + 1);
  if (feed.node !== node && isUp) delaysUs.push(nowUs() - Number(atUs));
});
isUp = true;
const tell = (told: Told) => process.send?.(told);
tell({ told: "up", addresses: daemon.addresses() });

process.on("message", (order: Order) => void obey(daemon, order));
process.on("disconnect", () => process.exit(0));

function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

async function obey({ workspace, log, dial, dump, peers }: BenchDaemon, order: Order): Promise<void> {
  const me = workspace.as({ kind: "agent", agent: node, user: USER });
  switch (order.do) {
    case "dial":
      return dial(order.addresses);
    case "write": {
      const from = performance.now();
      for (let number = order.from; number <= order.to; number++) {
        const dueMs = ((number - order.from) * 1_000) / order.perSecond;
        await wait(Math.max(0, from + dueMs - performance.now()));
        void me
          .sendMessage({
            destination: { kind: "broadcast" },
            text: `${node} ${number} ${nowUs()}`,
            requestId: `line-${number}`,
          })
          .then(() => tell({ told: "acked", number }));
      }
      return;
    }
    case "contend": {
      const hands = Array.from({ length: order.hands }, (_, hand) =>
        contend(me, `${node}.${hand}`, order.times),
      );
      tell({ told: "contended", written: (await Promise.all(hands)).flat() });
      return;
    }
    case "report": {
      tell({ told: "seen", delaysUs: delaysUs.splice(0) });
      const history = await historyOf(me);
      tell({
        told: "report",
        dump: dump(),
        entries: log.status().entries,
        lines: [...lines].map(([line, count]) => `${line} ${count}`),
        history,
        peers: peers(),
      });
      return;
    }
    default:
      order satisfies never;
  }
}

/** Adds a mark to what stands, as often as asked; a conflict or an absent home is tried again. */
async function contend(
  me: ReturnType<BenchDaemon["workspace"]["as"]>,
  hand: string,
  times: number,
): Promise<readonly string[]> {
  const written: string[] = [];
  for (let time = 0; time < times; time++) {
    const requestId = `${hand}.${time}`;
    for (;;) {
      const [current] = (await me.readContext({ key: THREAD_KEY }).catch(nothing)) ?? [];
      try {
        await me.writeContext({
          key: THREAD_KEY,
          value: requestId,
          ifVersion: current?.version ?? null,
          requestId,
        });
        written.push(requestId);
        break;
      } catch (error) {
        if (!(error instanceof PleiadError)) throw error;
        await wait(20);
      }
    }
  }
  return written;
}

async function historyOf(me: ReturnType<BenchDaemon["workspace"]["as"]>): Promise<readonly string[]> {
  const values = (await me.readContext({ key: THREAD_KEY, history: true }).catch(nothing)) ?? [];
  return values.map(({ value }) => String(value)).reverse();
}

function nothing(error: unknown): undefined {
  if (error instanceof PleiadError) return undefined;
  throw error;
}
