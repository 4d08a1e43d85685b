import type { Network } from "../../node/src/network/types.ts";
import { FLOODS, type Flood, type RogueReport, runRogue } from "./rogue.ts";
import { CLUSTER, createSetting, quantile, round, until } from "./setting.ts";

/** What floods of a certified peer do to an honest one's messages. */
export interface HostileFigures {
  readonly floods: readonly {
    readonly flood: Flood;
    readonly sent: number;
    readonly banned: boolean;
    readonly misdeeds: Readonly<Record<string, number>>;
    /** Of honest messages, from their sending to the handler: with nobody else there, and during the flood. */
    readonly quiet: Delays;
    readonly during: Delays;
    /** How much later the latest during the flood was than the median in quiet. */
    readonly latestLateMs: number;
  }[];
  readonly returns: {
    readonly times: number;
    readonly msEach: number;
    /** Of the process of the victim and the honest peer. */
    readonly cpuMsEach: number;
    readonly latestLateMs: number;
  };
}

interface Delays {
  readonly messages: number;
  readonly medianMs: number;
  readonly latestMs: number;
}

const QUIET_MS = 2_000;
const AFTERMATH_MS = 1_000;
/** Between two honest messages. */
const EVERY_MS = 10;

export async function measureHostile(messages: number, returns: number): Promise<HostileFigures> {
  const setting = await createSetting();
  try {
    const [victim, honest] = [await setting.open(1n), await setting.open(2n)];
    const delays: number[] = [];
    const seen = new Set<string>();
    victim.joinLog(CLUSTER, (bytes) => {
      const text = Buffer.from(bytes.subarray(0, 64)).toString();
      if (!text.startsWith("entry")) return "reject";
      if (seen.has(text)) return "ignore";
      seen.add(text);
      const [, sentMs] = text.split(" at ");
      if (sentMs !== undefined) delays.push(performance.now() - Number(sentMs));
      return "accept";
    });
    await honest.dial(victim.multiaddrs()[0] ?? "");
    await until("the honest peer is heard", 20_000, () => {
      void say(honest);
      return delays.length > 10;
    });
    const timer = setInterval(() => void say(honest), EVERY_MS);
    try {
      const during = async (work: () => Promise<unknown>) => {
        delays.length = 0;
        await work();
        return delaysOf(delays);
      };
      const floods: HostileFigures["floods"][number][] = [];
      let node = 10n;
      const ask = async (
        work: Parameters<typeof runRogue>[0]["work"],
        key: ReturnType<typeof setting.register>,
      ) => {
        let before = victim.stats();
        let cpu = process.cpuUsage();
        let report: RogueReport | undefined;
        const folder = setting.folder(`rogue-${key.node}-${JSON.stringify(work).length}`);
        const order = { address: victim.multiaddrs()[0] ?? "", folder, ...key, node: `${key.node}`, work };
        report = await runRogue(order, () => {
          delays.length = 0;
          before = victim.stats();
          cpu = process.cpuUsage();
        });
        const spent = process.cpuUsage(cpu);
        // What the flood left to do, and honest messages that are on their way.
        await new Promise((resolve) => setTimeout(resolve, AFTERMATH_MS));
        return { report, before, cpuMs: (spent.user + spent.system) / 1_000, delays: delaysOf(delays) };
      };
      const sleep = () => new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      let last = setting.register(node);
      for (const flood of FLOODS) {
        const quiet = await during(sleep);
        last = setting.register(node++);
        const { report, before, delays: loud } = await ask({ flood, messages }, last);
        const after = victim.stats();
        floods.push({
          flood,
          sent: report.sent,
          banned: after.peersBannedTotal === before.peersBannedTotal + 1 && report.cut,
          misdeeds: difference(after.misdeedsTotal, before.misdeedsTotal),
          quiet,
          during: loud,
          latestLateMs: round(loud.latestMs - quiet.medianMs),
        });
      }
      const quiet = await during(sleep);
      const { report, cpuMs, delays: loud } = await ask({ returns }, last);
      return {
        floods,
        returns: {
          times: returns,
          msEach: round(report.ms / returns),
          cpuMsEach: round(cpuMs / returns),
          latestLateMs: round(loud.latestMs - quiet.medianMs),
        },
      };
    } finally {
      clearInterval(timer);
    }
  } finally {
    await setting.stop();
  }
}

function say(network: Network): Promise<number> {
  return network.publishLog(CLUSTER, Buffer.from(`entry at ${performance.now()}`));
}

function delaysOf(delays: readonly number[]): Delays {
  return {
    messages: delays.length,
    medianMs: round(quantile(delays, 0.5)),
    latestMs: round(Math.max(0, ...delays)),
  };
}

function difference(
  after: Readonly<Record<string, number | undefined>>,
  before: Readonly<Record<string, number | undefined>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, count]) => [name, (count ?? 0) - (before[name] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
}
