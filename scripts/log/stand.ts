import { createHash, generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { pino } from "pino";
import { bytesToHex, type Hex } from "viem";
import type { Backend } from "../../node/src/store/backend.ts";
import { openLevelBackend } from "../../node/src/store/levelBackend.ts";
import { createClusterLog } from "../../node/src/workspace/log/clusterLog.ts";
import { createEntryStore } from "../../node/src/workspace/log/entryStore.ts";
import { openOwnMark } from "../../node/src/workspace/log/ownMark.ts";
import type { CertificateProof, CertificateSource } from "../../node/src/workspace/log/ports.ts";
import type { ClusterLog } from "../../node/src/workspace/log/types.ts";

/** What a log needs around it in a benchmark: members by decree, certificates that nobody signed, real keys and disks. */
export const SPACE = {
  chainId: 31_337,
  clusterRegistry: "0x00000000000000000000000000000000000000c1",
  cluster: 1n,
} as const;

export interface Stand {
  readonly log: ClusterLog;
  readonly backend: Backend;
  readonly signingKey: ReturnType<CertificateSource["own"]>["signingKey"];
  close(): Promise<void>;
}

export interface Identities {
  readonly nodes: readonly bigint[];
  source(node: bigint): CertificateSource;
}

export function identities(nodes: readonly bigint[]): Identities {
  const made = new Map(nodes.map((node) => [node, identity(node)]));
  const byDigest = new Map<Hex, CertificateProof>(
    [...made.values()].map(({ proof }) => [proof.digest, proof]),
  );
  const digestOf = (record: Uint8Array): Hex => `0x${createHash("sha256").update(record).digest("hex")}`;
  const known = (record: Uint8Array): CertificateProof => {
    const proof = byDigest.get(digestOf(record));
    if (proof === undefined) throw new Error("a record that nobody made");
    return proof;
  };
  return {
    nodes,
    source(node) {
      const own = made.get(node);
      if (own === undefined) throw new Error(`no identity of node ${node}`);
      return {
        own: () => own,
        find: async (digest) => byDigest.get(digest),
        check: async (record) => known(record),
        ofNode: (other) => made.get(other)?.proof,
        onKnown: () => () => {},
      };
    },
  };
}

function identity(node: bigint) {
  const signing = generateKeyPairSync("ed25519");
  const box = generateKeyPairSync("x25519");
  const raw = (key: typeof box.publicKey) =>
    bytesToHex(key.export({ format: "der", type: "spki" }).subarray(-32));
  const record = new TextEncoder().encode(`${node} ${raw(signing.publicKey)} ${raw(box.publicKey)}`);
  const nowSeconds = BigInt(Math.floor(Date.now() / 1_000));
  const proof: CertificateProof = {
    digest: `0x${createHash("sha256").update(record).digest("hex")}`,
    node,
    peerKey: signing.publicKey,
    boxKey: raw(box.publicKey),
    notBefore: nowSeconds - 3_600n,
    notAfter: nowSeconds + 86_400n,
    record,
  };
  return { proof, signingKey: signing.privateKey, boxPrivateKey: box.privateKey };
}

/** Opens a log in a folder; `start` is the caller's. */
export async function openStand(folder: string, node: bigint, of: Identities): Promise<Stand> {
  const backend = await openLevelBackend({ folder: join(folder, `${node}`), create: true });
  const certificates = of.source(node);
  const log = await createClusterLog(
    { space: SPACE, node },
    {
      store: createEntryStore(SPACE.cluster, backend),
      mark: await openOwnMark({ folder: join(folder, `${node}-marks`), cluster: SPACE.cluster }),
      membership: {
        members: () => of.nodes,
        home: () => of.nodes[0],
        mayVoice: () => true,
        onChange: () => () => {},
      },
      certificates,
      logger: pino({ level: "silent" }),
    },
  );
  return {
    log,
    backend,
    signingKey: certificates.own().signingKey,
    async close() {
      await log.stop();
      await backend.close();
    },
  };
}
