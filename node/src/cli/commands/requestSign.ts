import { resolve } from "node:path";
import { getVersion } from "@pleiad/sdk/actions/getVersion";
import { signExecutionPermit2 } from "@pleiad/sdk/actions/signExecutionPermit2";
import { signExecutionRequest } from "@pleiad/sdk/actions/signExecutionRequest";
import { signPermit } from "@pleiad/sdk/actions/signPermit";
import { PleiadError } from "@pleiad/sdk/errors";
import type { WriteClient } from "@pleiad/sdk/types/client";
import { zeroAddress } from "viem";
import { openSender } from "../account.ts";
import { requireAllowance } from "../allowances.ts";
import { chainCall } from "../chainCall.ts";
import { addChainOptions, addKeyOptions, type ChainOptions, type KeyOptions } from "../chainOptions.ts";
import { cliError } from "../cliError.ts";
import { openChain, type RpcContext } from "../context.ts";
import { type Currency, currencyOf, parseAmountIn } from "../currencies.ts";
import { addExamples, type DefineCommand, parseTimeOption, setAction } from "../define.ts";
import { readInputs } from "../inputFile.ts";
import type { Output } from "../output.ts";
import { refuseExisting, writeNewFile } from "../outputFile.ts";
import { withContract } from "../periphery.ts";
import { type RequestFile, requestFacts, requestJson, serializeRequest } from "../requestFile.ts";
import { resolveCluster } from "../resolve.ts";
import { addRunOptions, byReference, giveInput, type RunOptions } from "../runInput.ts";
import { timeText } from "../text/amounts.ts";

interface Options extends ChainOptions, KeyOptions, RunOptions {
  readonly out: string;
  readonly relayerFee?: string;
  readonly until?: bigint;
  readonly permit?: boolean;
  readonly permit2?: boolean;
}

/** `pleiad request sign CLUSTER`: a run as a file, which anybody brings, once. */
export const define: DefineCommand = (command, around) => {
  command.argument("<cluster>", "the cluster's id or slug").requiredOption("--out <file>", OUT);
  addRunOptions(command)
    .option("--relayer-fee <amount>", "what whoever brings it gets, in the version's token, such as 0.01")
    .option("--until <time>", "until when it may be brought, UTC (default: ten minutes)", parseTimeOption)
    .addOption(
      command
        .createOption("--permit", "of a token with ERC-2612: sign what pays it, too")
        .conflicts("permit2"),
    )
    .option("--permit2", "pay by Permit2, which may take the token: pleiad allowance give TOKEN permit2 any");
  addKeyOptions(addChainOptions(command));
  addExamples(command, [
    [
      "pleiad request sign document-brief --input note.txt --out run.json",
      "sends nothing; in the chain's own currency who brings it pays the quote",
    ],
    [
      "pleiad request sign 2 --input note.txt --permit --relayer-fee 0.01 --out run.json --json",
      "pays quote and fee in the version's token; for a program",
    ],
  ]);
  setAction<Options>(command, around, async ({ options, output }, name = "") => {
    const path = resolve(around.cwd, options.out);
    refuseExisting(path);
    const inputs = await readInputs(options.input, around);
    const chain = await openChain(options, around);
    const deployment = withContract(chain.deployment, "executionRouter");
    const { cluster } = await resolveCluster(chain, name);
    const version = await getVersion(chain.client, { deployment, cluster, version: options.version });
    const money = await currencyOf(chain, version.currency);
    const input = inputs(version.inputs);
    const relayerFeeWei = feeOf(options, money);
    const sender = await openSender(options, chain, output, around);
    const given = await giveInput(input, options, chain, output);
    const signed = await sign(sender.client, options, {
      ...{ deployment, cluster, version: version.version, durationSeconds: options.deadline },
      ...(options.thread === undefined ? {} : { thread: options.thread }),
      ...{ relayerFeeWei, validUntil: options.until, outputsByReference: byReference(options, given) },
      ...given,
    });
    await requireUseful(chain, signed);
    await writeNewFile(path, serializeRequest(deployment, signed));
    await requireAllowance(chain, signed, money).catch((error: unknown) => warnOfAllowance(error, output));
    output.json({ ...requestJson(signed), file: path });
    output.facts([...requestFacts(signed, money), ["file", path]]);
    output.line();
    output.line(`Who has it types:  pleiad request send ${options.out}`);
    output.line(`Take it back:      pleiad request cancel ${options.out}`);
    return 0;
  });
};

/** The allowance can still be given before somebody brings the request. */
function warnOfAllowance(error: unknown, output: Output): void {
  if (!(error instanceof PleiadError) || error.code !== "SIGNED_REQUEST_UNPAID") throw error;
  output.warn(`nobody can bring it yet: ${error.message}; ${error.hint}`);
}

const OUT = "where the request is written, mode 0600; whoever has it can bring it";

type Asked = Parameters<typeof signExecutionRequest>[1];

/** Signs the request, and what pays it. */
async function sign(client: WriteClient, { permit, permit2 }: Options, asked: Asked): Promise<RequestFile> {
  if (permit2 === true) return { payment: "permit2", ...(await signExecutionPermit2(client, asked)) };
  const signed = await signExecutionRequest(client, asked);
  if (permit !== true) return { payment: "allowance", ...signed };
  const { deployment } = asked;
  const { currency, quoteWei, relayerFeeWei, validUntil } = signed.request;
  const terms = { currency, amountWei: quoteWei + relayerFeeWei, deadline: validUntil };
  return { payment: "permit", ...signed, permit: await signPermit(client, { deployment, ...terms }) };
}

/**
 * Makes sure that a request can be brought for as long as it says.
 *
 * @throws PleiadError USAGE_INVALID for a --until that is over, or later than the run's own end
 */
async function requireUseful({ client }: RpcContext, { request }: RequestFile): Promise<void> {
  const { validUntil } = request;
  const deadline = BigInt(request.params.deadline);
  const { timestamp } = await chainCall(() => client.getBlock());
  if (validUntil < timestamp) {
    throw cliError(
      "USAGE_INVALID",
      `nobody could bring it: --until is ${timeText(validUntil)}, which is over`,
      {
        hint: "name a later time",
      },
    );
  }
  if (validUntil > deadline) {
    const end = timeText(deadline);
    throw cliError(
      "USAGE_INVALID",
      `--until is ${timeText(validUntil)}, after the run's deadline of ${end}`,
      {
        hint: "name an earlier time, or give the run longer with --deadline",
      },
    );
  }
}

/** @throws PleiadError USAGE_INVALID for what is no amount, and for what needs a token where the version is in none */
function feeOf({ relayerFee, permit, permit2 }: Options, money: Currency): bigint {
  if (money.address === zeroAddress && (relayerFee ?? permit ?? permit2) !== undefined) {
    throw cliError("USAGE_INVALID", "the version is paid in the chain's own currency, by whoever brings it", {
      hint: "leave out --relayer-fee, --permit and --permit2",
    });
  }
  if (relayerFee === undefined) return 0n;
  const feeWei = parseAmountIn(relayerFee, money);
  if (feeWei !== undefined) return feeWei;
  throw cliError("USAGE_INVALID", `"${relayerFee}" is no amount of the token`, {
    hint: `expected a plain number with at most ${money.decimals} digits behind the point`,
  });
}
