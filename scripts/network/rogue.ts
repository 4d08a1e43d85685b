import { fork } from "node:child_process";
import { once } from "node:events";
import { CERTIFICATE_TYPES, certificateDomain } from "@pleiad/sdk/types/certificate";
import { privateKeyToAccount } from "viem/accounts";
import type { CertificateRecord } from "../../node/src/network/certificate.ts";
import { sealEnvelope } from "../../node/src/network/envelope.ts";
import type { NetworkIdentity } from "../../node/src/network/identity.ts";
import { LOG_MESSAGE_BYTES_MAX } from "../../node/src/network/limits.ts";
import { peerDigest } from "../../node/src/network/peerKey.ts";
import { topicsOf } from "../../node/src/network/topics.ts";
import { gossipFrame } from "../../test/fixtures/gossipFrame.ts";
import { openRoguePeer } from "../../test/fixtures/roguePeer.ts";
import { CLUSTER, CLUSTER_EXECUTIONS, DOMAIN } from "./setting.ts";

/** What a rogue floods with. */
export const FLOODS = ["wrong", "copies", "resealed", "oversized", "malformed"] as const;
export type Flood = (typeof FLOODS)[number];

/** As long as the victim has to notice, once everything was sent. */
const CUT_TIMEOUT_MS = 30_000;

export interface RogueOrder {
  readonly address: string;
  readonly folder: string;
  readonly node: string;
  readonly privateKey: `0x${string}`;
  /** What to flood with; or nothing but to come back so many times, each time as another peer. */
  readonly work: { readonly flood: Flood; readonly messages: number } | { readonly returns: number };
}

export interface RogueReport {
  readonly sent: number;
  readonly cut: boolean;
  readonly ms: number;
}

/** Runs a rogue in a process of its own, so that its work takes no time from those it floods. */
export async function runRogue(order: RogueOrder, onReady: () => void): Promise<RogueReport> {
  const child = fork(import.meta.filename, [], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  try {
    child.send(order);
    const reported = Promise.withResolvers<RogueReport>();
    child.on("message", (message: "ready" | RogueReport) => {
      if (message === "ready") {
        onReady();
        child.send("go");
      } else reported.resolve(message);
    });
    child.once("exit", (code) => reported.reject(new Error(`the rogue ended with ${code}`)));
    return await reported.promise;
  } finally {
    if (child.connected) child.disconnect();
    if (child.exitCode === null) await once(child, "exit");
  }
}

if (process.send !== undefined && process.argv[1] === import.meta.filename) {
  const [order] = (await once(process, "message")) as [RogueOrder];
  const report =
    "flood" in order.work ? await flood(order, order.work) : await comeBack(order, order.work.returns);
  process.send(report);
  process.once("disconnect", () => process.exit(0));
}

/** Waits until those who measure have taken note of what was before. */
async function ready(): Promise<void> {
  process.send?.("ready");
  await once(process, "message");
}

async function certify(order: RogueOrder, identity: NetworkIdentity): Promise<CertificateRecord> {
  const now = BigInt(Math.floor(Date.now() / 1_000));
  const certificate = {
    node: BigInt(order.node),
    peer: peerDigest(identity.peerBytes),
    boxKey: identity.boxKey,
    notBefore: now - 60n,
    notAfter: now + 3_600n,
  };
  const signature = await privateKeyToAccount(order.privateKey).signTypedData({
    domain: certificateDomain(DOMAIN.chainId, DOMAIN.nodeRegistry),
    types: CERTIFICATE_TYPES,
    primaryType: "Certificate",
    message: certificate,
  });
  return { certificate, signature, peerBytes: identity.peerBytes };
}

function openPeer(order: RogueOrder, identityFolder: string): ReturnType<typeof openRoguePeer> {
  return openRoguePeer({
    identityFolder,
    domain: DOMAIN,
    makeRecord: (identity) => certify(order, identity),
  });
}

async function flood(order: RogueOrder, work: { flood: Flood; messages: number }): Promise<RogueReport> {
  const topic = topicsOf(DOMAIN.chainId, CLUSTER_EXECUTIONS).log(CLUSTER);
  const rogue = await openPeer(order, order.folder);
  const connection = await rogue.dial(order.address);
  const { pubsub } = rogue.node.services;
  while (pubsub.getSubscribers(topic).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const seal = (body: Uint8Array) => sealEnvelope(topic, rogue.certificate, body, rogue.identity.signingKey);
  const entry = Buffer.from("entry of the rogue".padEnd(64));
  const copy = seal(entry);
  const large = seal(new Uint8Array(LOG_MESSAGE_BYTES_MAX + 1));
  const make: Record<Flood, (index: number) => Uint8Array> = {
    wrong: (index) => seal(Buffer.from(`no entry ${index}`)),
    copies: () => copy,
    resealed: (index) => seal(Buffer.concat([entry, Buffer.from(`${index}`)])),
    oversized: (index) =>
      Buffer.concat([large.subarray(0, -4), Uint8Array.of(index >> 16, index >> 8, index, 0)]),
    malformed: (index) => Buffer.from(`${index}`),
  };
  const stream = await connection.newStream("/meshsub/1.2.0");
  await ready();
  const startedMs = performance.now();
  let sent = 0;
  while (sent < work.messages && stream.status === "open") {
    if (!stream.send(gossipFrame([[topic, make[work.flood](sent++)]])) || sent % 50 === 0)
      await new Promise((resolve) => setTimeout(resolve, 0));
  }
  // What was sent is read at the victim's pace; it may take as long to notice what it is.
  const endMs = performance.now() + CUT_TIMEOUT_MS;
  while (connection.status === "open" && performance.now() < endMs)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const report = { sent, cut: connection.status !== "open", ms: performance.now() - startedMs };
  await rogue.stop();
  return report;
}

async function comeBack(order: RogueOrder, returns: number): Promise<RogueReport> {
  const peers = [];
  for (let index = 0; index < returns; index++) peers.push(await openPeer(order, `${order.folder}-${index}`));
  await ready();
  const startedMs = performance.now();
  let cut = 0;
  for (const peer of peers) {
    try {
      const connection = await peer.dial(order.address);
      while (connection.status === "open") await new Promise((resolve) => setTimeout(resolve, 2));
    } catch {
      // Not even let in: it came too often in one second.
    }
    cut++;
  }
  const report = { sent: returns, cut: cut === returns, ms: performance.now() - startedMs };
  for (const peer of peers) await peer.stop();
  return report;
}
