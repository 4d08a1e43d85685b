import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "@libp2p/interface";
import { PleiadError } from "@pleiad/sdk/errors";
import { CERTIFICATE_TYPES, type Certificate, certificateDomain } from "@pleiad/sdk/types/certificate";
import { COMPLETION_TYPES, type Completion, completionDomain } from "@pleiad/sdk/types/completion";
import { pino } from "pino";
import { type Address, keccak256, pad, stringToBytes } from "viem";
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import type { Signer } from "../../../node/src/chain/signer.ts";
import type { CertificateRecord } from "../../../node/src/network/certificate.ts";
import type { Clock } from "../../../node/src/network/clock.ts";
import type { RelayServing } from "../../../node/src/network/findingTypes.ts";
import type { NetworkIdentity } from "../../../node/src/network/identity.ts";
import { createNetwork } from "../../../node/src/network/network.ts";
import { peerDigest } from "../../../node/src/network/peerKey.ts";
import { topicsOf } from "../../../node/src/network/topics.ts";
import type {
  BlobSource,
  CompletionArchive,
  Network,
  NetworkModules,
  NetworkOptions,
  NodeDirectory,
  NodeKey,
  SignedCompletion,
} from "../../../node/src/network/types.ts";
import { runAfterTest } from "../../fixtures/hooks.ts";
import { openRoguePeer, type RoguePeer } from "../../fixtures/roguePeer.ts";

export const CHAIN_ID = 31_337;
export const NODE_REGISTRY: Address = "0x1111111111111111111111111111111111111111";
export const CLUSTER_EXECUTIONS: Address = "0x2222222222222222222222222222222222222222";
export const DOMAIN = { chainId: CHAIN_ID, nodeRegistry: NODE_REGISTRY };
export const TOPICS = topicsOf(CHAIN_ID, CLUSTER_EXECUTIONS);
export const CLUSTER = 7n;

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pleiad-network-"));
  runAfterTest(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The chain's view of nodes, as a test sets it. */
export class DirectoryFake implements NodeDirectory {
  readonly nodes = new Map<bigint, NodeKey>();
  asked = 0;
  async keyOf(node: bigint): Promise<NodeKey | undefined> {
    this.asked++;
    return this.nodes.get(node);
  }
  /** Keys that were a node's before the one in `nodes`. */
  readonly past = new Map<Address, bigint>();
  async nodeOf(key: Address): Promise<bigint | undefined> {
    const present = [...this.nodes].find(([, known]) => known.key === key);
    return present?.[0] ?? this.past.get(key);
  }
}

/** A node key that the directory knows. */
export interface TestNode {
  readonly id: bigint;
  readonly account: PrivateKeyAccount;
}

export function register(directory: DirectoryFake, id: bigint): TestNode {
  const account = privateKeyToAccount(generatePrivateKey());
  directory.nodes.set(id, { key: account.address, active: true });
  return { id, account };
}

export function signerOf(account: PrivateKeyAccount): Signer {
  return {
    address: account.address,
    signTypedData: (definition) => account.signTypedData(definition),
    signTransaction: () => Promise.reject(new Error("not for the network")),
  };
}

export type NetworkOverrides = Partial<NetworkOptions> & Partial<NetworkModules>;

/** A started network of a node, on any free port; stopped after the test. */
export async function open(
  directory: DirectoryFake,
  node: TestNode,
  overrides: NetworkOverrides = {},
): Promise<Network> {
  const network = await make(directory, node, overrides);
  await network.start();
  return network;
}

/** The same, not started. */
export async function make(
  directory: DirectoryFake,
  node: TestNode,
  overrides: NetworkOverrides = {},
): Promise<Network> {
  const { identityFolder = await temporaryFolder(), ...rest } = overrides;
  const options: NetworkOptions = {
    chainId: CHAIN_ID,
    nodeRegistry: NODE_REGISTRY,
    clusterExecutions: CLUSTER_EXECUTIONS,
    node: node.id,
    identityFolder,
    clusters: [CLUSTER],
    ...rest,
  };
  const modules: NetworkModules = {
    signer: signerOf(node.account),
    directory,
    archive: { find: async () => [] } satisfies CompletionArchive,
    blobs: { get: async () => undefined } satisfies BlobSource,
    logger: pino({ level: process.env.PLEIAD_TEST_LOG ?? "silent" }),
    ...rest,
  };
  const network = await createNetwork(options, modules);
  runAfterTest(() => network.stop());
  return network;
}

export async function connect(from: Network, to: Network): Promise<void> {
  await from.dial(addressOf(to), { signal: AbortSignal.timeout(5_000) });
}

export function addressOf(network: Network): string {
  const [address] = network.multiaddrs();
  if (address === undefined) throw new Error("the network does not listen");
  return address;
}

/** After this it will not happen any more, on a busy machine either. Below mocha's own limit, so that the error says what. */
const NEVER_MS = 20_000;

/** Answers when `condition` holds; looks every few milliseconds, because peers tell only each other. */
export async function until(what: string, condition: () => boolean, timeoutMs = NEVER_MS): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Both hear each other's gossip. */
export async function meshed(...networks: Network[]): Promise<void> {
  await until("all see each other up", () =>
    networks.every((network) => network.presence.list().length === networks.length - 1),
  );
}

export async function signedCompletion(
  node: TestNode,
  overrides: Partial<Completion> & { output?: Uint8Array | undefined; cluster?: bigint } = {},
): Promise<SignedCompletion> {
  const { cluster = CLUSTER, ...rest } = overrides;
  const output = "output" in rest ? rest.output : stringToBytes(`output of node ${node.id}`);
  const { output: _output, ...fields } = rest;
  const completion: Completion = {
    execution: 1n,
    task: 0,
    contextHash: pad("0x01"),
    outputDigest: keccak256(output ?? "0x"),
    evidenceDigest: pad("0x00"),
    node: node.id,
    tip: 0n,
    ...fields,
  };
  const signature = await node.account.signTypedData({
    domain: completionDomain(CHAIN_ID, CLUSTER_EXECUTIONS),
    types: COMPLETION_TYPES,
    primaryType: "Completion",
    message: completion,
  });
  return { cluster, completion, signature, output };
}

/** A record of a certificate for an identity, with what a test wants changed. */
export async function certify(
  node: TestNode,
  identity: NetworkIdentity,
  overrides: Partial<Certificate> = {},
  chainId = CHAIN_ID,
): Promise<CertificateRecord> {
  const now = BigInt(Math.floor(Date.now() / 1_000));
  const certificate: Certificate = {
    node: node.id,
    peer: peerDigest(identity.peerBytes),
    boxKey: identity.boxKey,
    notBefore: now - 60n,
    notAfter: now + 3_600n,
    ...overrides,
  };
  const signature = await node.account.signTypedData({
    domain: certificateDomain(chainId, NODE_REGISTRY),
    types: CERTIFICATE_TYPES,
    primaryType: "Certificate",
    message: certificate,
  });
  return { certificate, signature, peerBytes: identity.peerBytes };
}

/** A peer that speaks the protocols but keeps no rule unless the test wants it. */
export interface Rogue extends Omit<RoguePeer, "dial"> {
  dial(network: Network): Promise<Connection>;
}

export async function openRogue(
  makeRecord: (identity: NetworkIdentity) => Promise<CertificateRecord | undefined>,
  handlers: Readonly<Record<string, (question: Uint8Array) => Uint8Array>> = {},
  relay?: RelayServing,
): Promise<Rogue> {
  const identityFolder = await temporaryFolder();
  const peer = await openRoguePeer({ identityFolder, domain: DOMAIN, makeRecord, handlers, relay });
  runAfterTest(peer.stop);
  return { ...peer, dial: (network) => peer.dial(addressOf(network)) };
}

/** A clock that stands until a test moves it. */
export function fakeClock(): Clock & { advance(ms: number): void } {
  let nowMs = 0;
  let wallMs = Date.now();
  const timers = new Set<{ atMs: number; run: () => void }>();
  return {
    monotonicMs: () => nowMs,
    wallSeconds: () => BigInt(Math.floor(wallMs / 1_000)),
    after(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const endMs = nowMs + ms;
      for (;;) {
        const [next] = [...timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        wallMs += next.atMs - nowMs;
        nowMs = next.atMs;
        timers.delete(next);
        next.run();
      }
      wallMs += endMs - nowMs;
      nowMs = endMs;
    },
  };
}

/** A condition whose answer takes time: true once one of its answers was. */
export function eventually(ask: () => Promise<boolean>): () => boolean {
  let answered = false;
  let asking = false;
  return () => {
    if (!asking && !answered) {
      asking = true;
      void ask().then((answer) => {
        answered = answer;
        asking = false;
      });
    }
    return answered;
  };
}

/** The code of the error a promise ends with; "none" when it ends well. */
export async function codeOf(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    if (error instanceof PleiadError) return error.code;
    throw error;
  }
  return "none";
}
