import { CLUSTER, createSetting, quantile, round, until } from "./setting.ts";

/** Messages one after the other; the first warm up code and connections. */
const MESSAGES = 400;
const WARM_UP_MESSAGES = 50;

/** Milliseconds from one network to the next on this machine: sealed, sent, checked, handed to a handler that takes it. */
export async function measureHop(messageBytes: number): Promise<number> {
  const setting = await createSetting();
  try {
    const [from, to] = [await setting.open(1n), await setting.open(2n)];
    let heard = 0;
    let tell: () => void = () => undefined;
    to.joinLog(CLUSTER, () => {
      heard++;
      tell();
      return "accept";
    });
    await from.dial(to.multiaddrs()[0] ?? "");
    const body = new Uint8Array(messageBytes);
    let index = 0;
    const say = () => {
      new DataView(body.buffer).setUint32(0, index++);
      return from.publishLog(CLUSTER, body);
    };
    await until("it is heard", 20_000, () => {
      void say();
      return heard > 0;
    });
    const times: number[] = [];
    for (let message = -WARM_UP_MESSAGES; message < MESSAGES; message++) {
      const arrived = Promise.withResolvers<void>();
      tell = arrived.resolve;
      const startedMs = performance.now();
      await say();
      await arrived.promise;
      if (message >= 0) times.push(performance.now() - startedMs);
    }
    return round(quantile(times, 0.5));
  } finally {
    await setting.stop();
  }
}
