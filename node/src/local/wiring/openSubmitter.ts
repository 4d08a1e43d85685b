import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { parseEther } from "viem";
import type { Journal } from "../../chain/journal.ts";
import { createKeystoreSigner } from "../../chain/keystoreSigner.ts";
import type { Signer } from "../../chain/signer.ts";
import { createSubmitter } from "../../chain/submitter.ts";
import type { Submitter } from "../../chain/submitterTypes.ts";
import { readPassword } from "../../config/password.ts";
import type { Config } from "../../config/table.ts";
import type { Store } from "../../store/open.ts";

import type { FollowedChain } from "./followChain.ts";

/** Sends with the node key, or with the account that the configuration names for gas. */
export async function openSubmitter(
  config: Config,
  nodeSigner: Signer,
  chain: FollowedChain,
  journal: Journal,
  store: Pick<Store, "spending">,
  logger: Logger,
): Promise<Submitter> {
  const { gasKeystore, gasPasswordFile, gasPasswordEnv } = config.submitter;
  const { feeGweiMax, priorityFeeGwei, etherPerDayMax, otherPercentMax, raiseAfterMs, foreignNonces } =
    config.submitter;
  let signer = nodeSigner;
  if (gasKeystore !== null) {
    const password = await readPassword({ file: gasPasswordFile, env: gasPasswordEnv });
    if (password === undefined) {
      throw new PleiadError("the gas keystore's password is not configured", {
        code: "PASSWORD_MISSING",
        hint: "set submitter.gasPasswordFile or submitter.gasPasswordEnv",
      });
    }
    signer = await createKeystoreSigner(gasKeystore, password);
  }
  return createSubmitter(
    {
      chainId: config.chain.chainId,
      feeGweiMax,
      priorityFeeGwei,
      finalDepth: config.chain.finalDepth,
      foreignNonces,
      otherPercentMax,
      raiseAfterMs,
      // A number's shortest text may have an exponent, which a decimal amount has not.
      spendingLimitWei: etherPerDayMax === null ? undefined : parseEther(etherPerDayMax.toFixed(18)),
    },
    {
      rpc: chain.rpc,
      signer,
      journal: journal.transactions,
      spendingFile: store.spending,
      chain: chain.follower,
      isSettled: chain.isSettled,
      logger,
    },
  );
}
