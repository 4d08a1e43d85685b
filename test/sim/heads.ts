import { getBlockNumber } from "viem/actions";
import { type LocalChain, testClientOf } from "../fixtures/chain.ts";
import { type HeadServer, startHeadServer } from "../fixtures/headSocket.ts";

/** Soon enough that a hint comes before the daemon's own next look. */
const LOOK_MS = 25;

/** A WebSocket that tells an operator's daemon of new blocks, or does something else. */
export interface SimHeads {
  readonly server: HeadServer;
  /** Called in place of a hint for each new block, and each time that it was looked for one. */
  misbehave: ((server: HeadServer, isNew: boolean) => void) | undefined;
  stop(): Promise<void>;
}

export async function startHeads(chain: LocalChain): Promise<SimHeads> {
  const client = testClientOf(chain);
  const server = await startHeadServer();
  let isStopped = false;
  let newest: bigint | undefined;

  async function watch(): Promise<void> {
    while (!isStopped) {
      const number = await getBlockNumber(client, { cacheTime: 0 });
      const isNew = number !== newest;
      newest = number;
      if (heads.misbehave !== undefined) heads.misbehave(server, isNew);
      else if (isNew) server.hint();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  const heads: SimHeads = {
    server,
    misbehave: undefined,
    async stop() {
      isStopped = true;
      await watching;
      await server.stop();
    },
  };
  const watching = watch();
  watching.catch(() => undefined);
  return heads;
}
