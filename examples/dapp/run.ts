/**
 * From a URL and a key to a verified response:
 *
 *   RPC_URL=http://127.0.0.1:8545 PRIVATE_KEY=0x… DEPLOYMENT=deployment.json INPUT="…" node examples/dapp/run.ts
 *
 * CLUSTER names another cluster than the first.
 */
import { readFileSync } from "node:fs";
import { execute } from "@pleiad/sdk/actions/execute";
import { verifyResponse } from "@pleiad/sdk/actions/verifyResponse";
import { waitForResponse } from "@pleiad/sdk/actions/waitForResponse";
import { parseDeployment } from "@pleiad/sdk/types/deployment";
import { createWalletClient, type Hex, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const { RPC_URL = "", PRIVATE_KEY = "", DEPLOYMENT = "", CLUSTER = "1", INPUT = "Hello" } = process.env;
const deployment = parseDeployment(readFileSync(DEPLOYMENT, "utf8"));
const account = privateKeyToAccount(PRIVATE_KEY as Hex);
const client = createWalletClient({ account, transport: http(RPC_URL) });
const { execution } = await execute(client, { deployment, cluster: BigInt(CLUSTER), input: INPUT });
const { response, text } = await waitForResponse(client, { deployment, execution });
const { verified, checks } = await verifyResponse(client, { deployment, execution, response });
console.log(text);
for (const { name, outcome, text } of checks) console.log(`${name} ${outcome}: ${text}`);
if (!verified) process.exitCode = 1;
