/** Run as a process of its own: two networks meet, talk and stop; then nothing may keep the process. */
import { writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { privateKeyToAccount } from "viem/accounts";
import { createNetwork } from "../../../node/src/network/network.ts";
import { starvedMs } from "../../sim/oracle/starvation.ts";

const accounts = ["0x01", "0x02"].map((key) => privateKeyToAccount(`0x${key.slice(2).padStart(64, "0")}`));
const folder = await mkdtemp(join(tmpdir(), "pleiad-network-"));
const networks = await Promise.all(
  accounts.map((account, index) =>
    createNetwork(
      {
        chainId: 31_337,
        nodeRegistry: "0x1111111111111111111111111111111111111111",
        clusterExecutions: "0x2222222222222222222222222222222222222222",
        node: BigInt(index + 1),
        identityFolder: join(folder, `${index}`),
        clusters: [7n],
        // Nobody there: the redialer is at work when it stops.
        bootstrap: ["/ip4/127.0.0.1/tcp/1"],
      },
      {
        signer: {
          address: account.address,
          signTypedData: (definition) => account.signTypedData(definition),
          signTransaction: () => Promise.reject(new Error("not for the network")),
        },
        directory: {
          async keyOf(node) {
            const key = accounts[Number(node) - 1]?.address;
            return key === undefined ? undefined : { key, active: true };
          },
          async nodeOf(key) {
            const index = accounts.findIndex(({ address }) => address === key);
            return index === -1 ? undefined : BigInt(index + 1);
          },
        },
        archive: { find: async () => [] },
        blobs: { get: async () => undefined },
        logger: pino({ level: "silent" }),
      },
    ),
  ),
);
const [a, b] = networks;
if (a === undefined || b === undefined) throw new Error("two networks");
await Promise.all([a.start(), b.start()]);
await a.dial(b.multiaddrs()[0] ?? "");
const startedMs = performance.now();
await Promise.all([a.stop(), b.stop()]);
const stopMs = Math.round(performance.now() - startedMs);
await rm(folder, { recursive: true });
const left = process.getActiveResourcesInfo();
const stoppedMs = ownMs();
process.on("exit", () => {
  writeSync(process.stdout.fd, JSON.stringify({ stopMs, left, restMs: Math.round(ownMs() - stoppedMs) }));
});

/** Time without that in which others had the processors of this machine. */
function ownMs(): number {
  return performance.now() - (starvedMs("self") ?? 0);
}
