/**
 * The same as `run.ts` for an ethers signer:
 *
 *   RPC_URL=http://127.0.0.1:8545 PRIVATE_KEY=0x… DEPLOYMENT=deployment.json INPUT="…" node examples/dapp/run-ethers.ts
 */
import { readFileSync } from "node:fs";
import { execute } from "@pleiad/sdk/actions/execute";
import { verifyResponse } from "@pleiad/sdk/actions/verifyResponse";
import { waitForResponse } from "@pleiad/sdk/actions/waitForResponse";
import { fromEthersSigner } from "@pleiad/sdk/ethers/fromEthersSigner";
import { parseDeployment } from "@pleiad/sdk/types/deployment";
import { JsonRpcProvider, Wallet } from "ethers";

const { RPC_URL = "", PRIVATE_KEY = "", DEPLOYMENT = "", CLUSTER = "1", INPUT = "Hello" } = process.env;
const deployment = parseDeployment(readFileSync(DEPLOYMENT, "utf8"));
const provider = new JsonRpcProvider(RPC_URL, deployment.chainId, { staticNetwork: true });
const client = await fromEthersSigner(new Wallet(PRIVATE_KEY, provider));
const { execution } = await execute(client, { deployment, cluster: BigInt(CLUSTER), input: INPUT });
const { response, text } = await waitForResponse(client, { deployment, execution });
const { verified, checks } = await verifyResponse(client, { deployment, execution, response });
console.log(text);
for (const { name, outcome, text } of checks) console.log(`${name} ${outcome}: ${text}`);
if (!verified) process.exitCode = 1;
