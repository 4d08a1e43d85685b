import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { bytesToHex, type Hex } from "viem";
import { type Backend, createMemoryBackend } from "../../../../node/src/store/backend.ts";
import { createClusterLog } from "../../../../node/src/workspace/log/clusterLog.ts";
import { createEntryStore } from "../../../../node/src/workspace/log/entryStore.ts";
import type { LogBytes } from "../../../../node/src/workspace/log/feedTable.ts";
import { openOwnMark } from "../../../../node/src/workspace/log/ownMark.ts";
import type {
  CertificateProof,
  CertificateSource,
  ClusterMembership,
} from "../../../../node/src/workspace/log/ports.ts";
import type { ClusterLog, LogEntry } from "../../../../node/src/workspace/log/types.ts";

export const CLUSTER = 7n;
export const SPACE = {
  chainId: 31_337,
  clusterRegistry: "0x00000000000000000000000000000000000000c1",
  cluster: CLUSTER,
} as const;
/** A Tuesday. */
export const NOW_MS = 1_790_000_000_000;

/** Wall clock of a test: moves by hand. */
export interface FakeWall {
  (): number;
  ms: number;
}

export function fakeWall(ms = NOW_MS): FakeWall {
  const wall = (() => wall.ms) as FakeWall;
  wall.ms = ms;
  return wall;
}

/** Who belongs to the cluster, as the test says. */
export class MembershipFake implements ClusterMembership {
  nodes: bigint[];
  homeNode: bigint | undefined;
  /** `node/agent` for whom a node may not speak. */
  readonly mute = new Set<string>();
  readonly #handlers = new Set<(cluster: bigint) => void>();

  constructor(nodes: readonly bigint[]) {
    this.nodes = [...nodes];
  }
  members(): readonly bigint[] {
    return this.nodes;
  }
  home(): bigint | undefined {
    return this.homeNode ?? this.nodes[0];
  }
  mayVoice(_cluster: bigint, node: bigint, agent: bigint): boolean {
    return !this.mute.has(`${node}/${agent}`);
  }
  onChange(handler: (cluster: bigint) => void): () => void {
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }
  change(nodes: readonly bigint[] = this.nodes): void {
    this.nodes = [...nodes];
    for (const handler of this.#handlers) handler(CLUSTER);
  }
}

/** All certificates of a test, and each node's way to them. */
export class CertificatesFake {
  readonly proofs = new Map<Hex, CertificateProof>();
  readonly #newest = new Map<bigint, CertificateProof>();
  readonly #handlers = new Set<(node: bigint) => void>();

  /** Makes keys and a certificate for a node. @param hours from when to when it holds, around NOW_MS */
  issue(node: bigint, hours: readonly [number, number] = [-3, 21]): Identity {
    const signing = generateKeyPairSync("ed25519");
    const box = generateKeyPairSync("x25519");
    const boxKey = bytesToHex(box.publicKey.export({ format: "der", type: "spki" }).subarray(-32));
    const seconds = (offset: number) => BigInt(NOW_MS / 1_000 + offset * 3_600);
    const publicKey = bytesToHex(signing.publicKey.export({ format: "der", type: "spki" }).subarray(-32));
    const record = new TextEncoder().encode(JSON.stringify({ node: String(node), publicKey, boxKey }));
    const digest: Hex = `0x${createHash("sha256").update(record).digest("hex")}`;
    const proof = {
      digest,
      node,
      peerKey: signing.publicKey,
      boxKey,
      notBefore: seconds(hours[0]),
      notAfter: seconds(hours[1]),
      record,
    };
    this.proofs.set(digest, proof);
    return { proof, signingKey: signing.privateKey, boxPrivateKey: box.privateKey };
  }

  /** Lets everybody know of a node's certificate. */
  publish({ proof }: Identity): void {
    this.#newest.set(proof.node, proof);
    for (const handler of this.#handlers) handler(proof.node);
  }

  sourceOf(own: Identity): CertificateSource {
    return {
      own: () => own,
      find: async (digest) => this.proofs.get(digest),
      check: async (record) => {
        const digest: Hex = `0x${createHash("sha256").update(record).digest("hex")}`;
        const proof = this.proofs.get(digest);
        if (proof === undefined) throw new Error("a test handed in a record that nobody issued");
        return proof;
      },
      ofNode: (node) => this.#newest.get(node),
      onKnown: (handler) => {
        this.#handlers.add(handler);
        return () => this.#handlers.delete(handler);
      },
    };
  }
}

export interface Identity {
  readonly proof: CertificateProof;
  readonly signingKey: KeyObject;
  readonly boxPrivateKey: KeyObject;
}

/** One daemon's log, with what it has told. */
export interface Member {
  readonly node: bigint;
  readonly identity: Identity;
  readonly membership: MembershipFake;
  readonly log: ClusterLog;
  readonly wall: FakeWall;
  readonly backend: Backend;
  readonly folder: string;
  /** Entries that count, as the handlers heard them since the last rewrite. */
  readonly heard: LogEntry[];
  /** Says a line as an agent with the node's number. */
  say(text: string): Promise<LogEntry>;
  /** The texts heard, in the log's order. */
  texts(): readonly string[];
}

const folders: string[] = [];
const members: Member[] = [];

/** To be called after each test, by each file of tests for itself: a hook that stands here is set by the first file alone. */
export async function tidyUp(): Promise<void> {
  await Promise.all(members.splice(0).map(({ log }) => log.stop()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pleiad-log-"));
  folders.push(folder);
  return folder;
}

export interface OpenOptions {
  readonly identity?: Identity;
  readonly membership?: MembershipFake;
  readonly wall?: FakeWall;
  readonly backend?: Backend;
  readonly folder?: string;
  readonly bytes?: LogBytes;
}

/** Opens and starts the log of a node, as if its daemon had. */
export async function openMember(
  certificates: CertificatesFake,
  node: bigint,
  options: OpenOptions = {},
): Promise<Member> {
  const identity = options.identity ?? certificates.issue(node);
  if (options.identity === undefined) certificates.publish(identity);
  const wall = options.wall ?? fakeWall();
  const membership = options.membership ?? new MembershipFake([node]);
  const backend = options.backend ?? createMemoryBackend();
  const folder = options.folder ?? (await newFolder());
  const log = await createClusterLog(
    { space: SPACE, node, ...(options.bytes === undefined ? {} : { bytes: options.bytes }) },
    {
      store: createEntryStore(CLUSTER, backend),
      mark: await openOwnMark({ folder, cluster: CLUSTER }),
      membership,
      certificates: certificates.sourceOf(identity),
      logger: pino({ level: "silent" }),
      now: wall,
    },
  );
  const heard: LogEntry[] = [];
  log.onEntry((entry) => void heard.push(entry));
  log.onRewrite(() => void heard.splice(0));
  await log.start();
  const member: Member = {
    node,
    identity,
    membership,
    log,
    wall,
    backend,
    folder,
    heard,
    say: (text) => log.append({ type: "test.said", author: { kind: "agent", agent: node }, data: { text } }),
    texts: () => inOrder(heard).map(({ data }) => String(data.text)),
  };
  members.push(member);
  return member;
}

/** Entries in the one order that all nodes agree on. */
export function inOrder(entries: readonly LogEntry[]): readonly LogEntry[] {
  return entries.toSorted(
    (a, b) =>
      Number(a.stamp - b.stamp) ||
      Number(a.feed.node - b.feed.node) ||
      a.feed.generation - b.feed.generation ||
      a.sequence - b.sequence,
  );
}

/** Brings everything that one has and the other lacks, as an exchange does. */
export async function bring(from: Member, to: Member): Promise<void> {
  for (let more = true; more; ) {
    const answer = await from.log.since(to.log.vector(), 1024 * 1024);
    more = answer.more;
    await to.log.take(answer.parcel, String(from.node));
  }
}

/** The bytes of a member's entries, in order. */
export async function bytesOf(member: Member): Promise<Uint8Array[]> {
  return [...((await member.log.since([], 1 << 24)).parcel.entries ?? [])];
}

/** Lets members exchange until nobody lacks anything. */
export async function settle(...all: readonly Member[]): Promise<void> {
  for (let round = 0; round < 3; round++) {
    for (const from of all) for (const to of all) if (from !== to) await bring(from, to);
  }
}

/** Three members that know each other. */
export async function threeMembers(): Promise<{
  readonly certificates: CertificatesFake;
  readonly membership: MembershipFake;
  readonly all: readonly [Member, Member, Member];
}> {
  const certificates = new CertificatesFake();
  const membership = new MembershipFake([1n, 2n, 3n]);
  const open = (node: bigint) => openMember(certificates, node, { membership });
  return { certificates, membership, all: [await open(1n), await open(2n), await open(3n)] };
}

/** The code with which a promise is rejected; "none" when it is not. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}
