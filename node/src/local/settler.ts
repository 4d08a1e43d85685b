import { readFileSync } from "node:fs";
import { submitCompletions } from "@pleiad/sdk/actions/submitCompletions";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Deployment } from "@pleiad/sdk/types/deployment";
import type { Logger } from "pino";
import { privateKeyToAccount } from "viem/accounts";
import type { Journal } from "../chain/journal.ts";
import type { Signer } from "../chain/signer.ts";
import { readKeystore } from "../config/keystore.ts";
import type { Config } from "../config/table.ts";
import type { Settler } from "../work/ports.ts";
import { clientFor } from "./registry.ts";

export function createSettler(
  { config, deployment }: { config: Config; deployment: Deployment; signer: Signer },
  _modules: { rpc: unknown; chain: unknown; journal: Journal; logger: Logger },
): Settler & { start(): Promise<void>; stop(): Promise<void> } {
  let client: ReturnType<typeof clientFor>;
  return {
    async start() {
      const { privateKey } = await readKeystore(
        config.node.keystore,
        readFileSync(config.node.passwordFile as string, "utf8").trim(),
      );
      client = clientFor(config.chain.rpcUrls[0] as string, privateKeyToAccount(privateKey));
    },
    async stop() {},
    async settle(items) {
      try {
        const sent = await submitCompletions(client as never, { deployment, items: items as never });
        return { transactionHash: sent.hash };
      } catch (error) {
        if (error instanceof PleiadError && error.code === "BATCH_NOTHING_ACCEPTED")
          return { reason: error.message };
        throw error;
      }
    },
  };
}
