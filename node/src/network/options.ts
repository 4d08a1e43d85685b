import { networkError } from "./errors.ts";
import { BOOTSTRAP_MAX, CLUSTERS_SUBSCRIBED_MAX, RELAYS_USED_MAX } from "./limits.ts";
import { parsePeerAddress } from "./peerAddress.ts";
import type { NetworkOptions } from "./types.ts";

/** @throws PleiadError NETWORK_OPTION_INVALID */
export function checkOptions(options: NetworkOptions): void {
  const { bootstrap = [], clusters = [], listenPort = 0, relay: { use = [] } = {} } = options;
  const wrong =
    bootstrap.length > BOOTSTRAP_MAX
      ? `${bootstrap.length} bootstrap addresses, at most ${BOOTSTRAP_MAX}`
      : clusters.length > CLUSTERS_SUBSCRIBED_MAX
        ? `${clusters.length} clusters, at most ${CLUSTERS_SUBSCRIBED_MAX}`
        : !Number.isInteger(listenPort) || listenPort < 0 || listenPort > 65_535
          ? `listenPort ${listenPort}, expected 0 to 65535`
          : use.length > RELAYS_USED_MAX
            ? `${use.length} relays, at most ${RELAYS_USED_MAX}`
            : use.some((address) => parsePeerAddress(address)?.isRelayed !== false)
              ? "a relay is named by its own address, with its peer id"
              : options.node <= 0n
                ? `node ${options.node}, expected the id of a registered node`
                : undefined;
  if (wrong !== undefined)
    throw networkError("NETWORK_OPTION_INVALID", `the network's options are wrong: ${wrong}`);
}
