import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serializeDeployment } from "@pleiad/sdk/types/deployment";
import { stringify } from "yaml";
import { createKeystore } from "../../node/src/config/keystore.ts";
import { privateKeyOf } from "../../node/src/local/accounts.ts";
import { ACCOUNTS, type SimRegistry } from "./registry.ts";

/** Opens the operators' keystores; the oracle looks for it wherever it must not be. */
export const CANARY_PASSWORD = "canary-b1f0c9-password";
/** A poll of a chain on this machine takes a millisecond. */
const POLL_MS = 100;
/** An agent of a simulation answers in a few milliseconds, on a busy machine in a second. */
export const AGENT_TIMEOUT_MS = 6_000;
/** Longer than the agent may take. */
const LEASE_MS = 30_000;
const AGENT_OUTPUT_BYTES_MAX = 16_384;
/** The most there may be: a kill counts as an attempt, and a simulation kills more often than any machine dies. */
const ATTEMPTS_MAX = 16;
/** Fees of a quiet chain stay below it; a fee spike does not. */
export const FEE_GWEI_MAX = 50;

/** A signer on this machine answers in milliseconds, on a busy one in a second. */
const SIGNER_TIMEOUT_MS = 3_000;
/** Three blocks: what is stuck is raised three times and cancelled within one fault. */
const RAISE_AFTER_MS = 3_000;

export interface OperatorFolderOptions {
  readonly folder: string;
  /** Which operator, from 0. */
  readonly index: number;
  readonly registry: SimRegistry;
  readonly chainId: number;
  readonly rpcUrls: readonly string[];
  /** @default it hears of new blocks by polling alone */
  readonly wsUrl: string | undefined;
  /** @default its key is in its folder */
  readonly signerUrl: string | undefined;
  readonly listenPort: number;
  readonly bootstrap: readonly string[];
}

/** Writes an operator's data folder: keystore and password unless its key is elsewhere, deployment, configuration. */
export async function writeOperatorFolder(options: OperatorFolderOptions): Promise<void> {
  const { folder, index, registry } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "deployment.json"), serializeDeployment(registry.deployment));
  writeFileSync(modeFile(folder), "answer");
  const id = String(registry.nodes[index]);
  const keys =
    options.signerUrl === undefined ? await keystoreIn(folder, index) : signerAt(options.signerUrl, index);
  const service = (answers: "different" | "alike") => ({
    kind: "command",
    program: "/bin/sh",
    args: [join(import.meta.dirname, "agent.sh"), modeFile(folder), answers],
    timeoutMs: AGENT_TIMEOUT_MS,
    outputBytesMax: AGENT_OUTPUT_BYTES_MAX,
    parallelMax: 8,
  });
  const { rpcUrls, wsUrl, chainId } = options;
  const config = {
    chain: { rpcUrls, ...(wsUrl === undefined ? {} : { wsUrl }), chainId, pollIntervalMs: POLL_MS },
    ...keys,
    node: { id, ...keys.node },
    submitter: { feeGweiMax: FEE_GWEI_MAX, raiseAfterMs: RAISE_AFTER_MS },
    models: Object.fromEntries(
      registry.models.map(({ model, answers }) => [String(model), { service: answers }]),
    ),
    services: { different: service("different"), alike: service("alike") },
    jobs: {
      attemptsMax: ATTEMPTS_MAX,
      leaseMs: LEASE_MS,
      parallelMax: 8,
      currencies: ["native", registry.token],
    },
    network: { enabled: true, listenPort: options.listenPort, bootstrap: options.bootstrap },
    api: { port: 0 },
  };
  writeFileSync(configFile(folder), stringify(config), { mode: 0o600 });
}

async function keystoreIn(folder: string, index: number) {
  writeFileSync(join(folder, "password"), `${CANARY_PASSWORD}\n`, { mode: 0o600 });
  const privateKey = privateKeyOf(ACCOUNTS.nodeKey(index));
  await createKeystore({
    path: join(folder, "keystore.json"),
    password: CANARY_PASSWORD,
    privateKey,
    cost: "light",
  });
  return { node: { passwordFile: "password" } };
}

function signerAt(remoteSignerUrl: string, index: number) {
  const remoteSignerAddress = ACCOUNTS.nodeKey(index).address;
  return {
    node: {},
    keys: { remoteSignerUrl, remoteSignerAddress, remoteSignerTimeoutMs: SIGNER_TIMEOUT_MS },
  };
}

export function configFile(folder: string): string {
  return join(folder, "pleiad.yaml");
}

/** Says what the operator's agents do, see `agent.sh`. Not below the data folder: an agent reads it. */
export function modeFile(folder: string): string {
  return `${folder}.mode`;
}
