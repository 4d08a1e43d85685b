import { expect } from "chai";
import { describe, it } from "mocha";
import { bytesToHex } from "viem";
import {
  type CertificateRecord,
  certificateDigest,
  encodeRecord,
} from "../../../node/src/network/certificate.ts";
import { CERTIFICATE_PROTOCOL } from "../../../node/src/network/certificateProtocol.ts";
import { sealEnvelope } from "../../../node/src/network/envelope.ts";
import { loadIdentity } from "../../../node/src/network/identity.ts";
import { CERTIFICATE_FETCHES_PER_PEER_MAX } from "../../../node/src/network/limits.ts";
import { encodePresence } from "../../../node/src/network/presenceMessage.ts";
import {
  certify,
  DirectoryFake,
  DOMAIN,
  open,
  openRogue,
  register,
  TOPICS,
  temporaryFolder,
  until,
} from "./support.ts";

describe("unknown certificates", () => {
  it("of many nodes, heard of at once through one peer, are all fetched, and cost that peer nothing", async () => {
    const directory = new DirectoryFake();
    const a = await open(directory, register(directory, 1n));
    const records = new Map<string, CertificateRecord>();
    const messages: Uint8Array[] = [];
    const count = 4 * CERTIFICATE_FETCHES_PER_PEER_MAX;
    for (let node = 10n; node < 10n + BigInt(count); node++) {
      const identity = await loadIdentity(await temporaryFolder());
      const record = await certify(register(directory, node), identity);
      const digest = certificateDigest(record.certificate, DOMAIN);
      records.set(digest, record);
      const beat = encodePresence({ sequence: 1n, models: [], startedAt: 1n });
      messages.push(sealEnvelope(TOPICS.presence, digest, beat, identity.signingKey));
    }
    const n2 = register(directory, 2n);
    let own: CertificateRecord | undefined;
    const relay = await openRogue(
      async (identity) => {
        own = await certify(n2, identity);
        return own;
      },
      {
        [CERTIFICATE_PROTOCOL](question) {
          const record = question.length === 0 ? own : records.get(bytesToHex(question));
          return record === undefined ? new Uint8Array() : encodeRecord(record);
        },
      },
    );
    await relay.dial(a);
    const { pubsub } = relay.node.services;
    await until("gossip flows", () => pubsub.getSubscribers(TOPICS.presence).length === 1);
    await Promise.all(messages.map((message) => pubsub.publish(TOPICS.presence, message)));
    await until("all are up", () => a.presence.list().length === count);
    expect(a.stats().misdeedsTotal).to.deep.equal({});
    expect(a.stats().certificatesFetchedTotal).to.equal(count);
  });
});
