import { randomBytes } from "node:crypto";
import type { FakeSignerOptions, SignerLie } from "../../fixtures/fakeWeb3Signer.ts";
import type { HeadServer } from "../../fixtures/headSocket.ts";
import type { Fault } from "./fault.ts";

const LAST_TEXT = 0x81;
/** In one look: far more than a daemon takes in a second. */
const FLOOD_FRAMES = 400;

/** What a WebSocket does in place of a hint for each new block. */
const HEADS: Readonly<Record<string, (server: HeadServer, isNew: boolean) => void>> = {
  isSilent: () => undefined,
  isDown(server) {
    server.answer = "status";
    for (const client of server.clients) client.cut();
  },
  hangs(server) {
    server.answer = "hangs";
    for (const client of server.clients) client.cut();
  },
  hintsWithoutBlocks: (server) => server.hint(),
  floods(server) {
    for (const client of server.clients) {
      for (let frame = 0; frame < FLOOD_FRAMES && !client.isGone(); frame++) {
        client.frame(LAST_TEXT, Buffer.from("{}"));
      }
    }
  },
  breaksTheProtocol(server, isNew) {
    if (isNew) for (const client of server.clients) client.raw(randomBytes(64));
  },
};

/** The WebSockets that tell of new blocks do something else: every daemon that has one goes on by polling. */
export const headsFail: Fault = {
  name: "headsFail",
  row: "WebSocket of new blocks down, silent, lying, flooding",
  weight: 1,
  lastsMs: [2_000, 8_000],
  perRoundMax: 1,
  begin: async (world, { rng }) => {
    const mode = rng.pick(Object.keys(HEADS));
    const all = world.operators.flatMap(({ heads }) => heads ?? []);
    for (const heads of all) heads.misbehave = HEADS[mode];
    world.count(`sockets of new blocks: ${mode}`);
    return () => {
      for (const heads of all) {
        heads.misbehave = undefined;
        heads.server.answer = "takes";
      }
    };
  },
};

const LOCKED = { code: -32_000, message: "Signing from is not an unlocked account" };

/** What a remote signer answers in place of a signature. */
const SIGNERS: Readonly<Record<string, FakeSignerOptions["misbehave"]>> = {
  hangs: () => ({ hangs: true }),
  isAway: () => ({ status: 503, text: "no upstream" }),
  garbles: () => ({ text: "<html>" }),
  isLocked: (method) => (method === "eth_accounts" ? undefined : { error: LOCKED }),
};

/** The remote signer of the operator that has one gives no signature: nothing is signed and sent meanwhile, and nothing lost. */
export const signerFails: Fault = {
  name: "signerFails",
  row: "remote signer away, slow, locked, garbling",
  weight: 1,
  lastsMs: [2_000, 8_000],
  perRoundMax: 1,
  begin: async (world, { rng }) => {
    const mode = rng.pick(Object.keys(SIGNERS));
    const all = world.operators.flatMap(({ signer }) => signer ?? []);
    for (const signer of all) signer.setMisbehaviour(SIGNERS[mode]);
    world.count(`remote signers: ${mode}`);
    return () => {
      for (const signer of all) signer.setMisbehaviour(undefined);
    };
  },
};

/** What a remote signer that lies signs: with a key that is nobody's, or for another chain. */
const LIES: Readonly<Record<string, SignerLie>> = {
  anotherKey: { key: `0x${"5e".repeat(32)}` },
  anotherChain: { chainId: 31_338 },
};

/**
 * The remote signer signs something else than it is asked for. Its node uses nothing of it, says so, and gives up what it was at, which
 * no other try mends; other nodes answer.
 */
export const signerLies: Fault = {
  name: "signerLies",
  row: "remote signer signing something else",
  weight: 1,
  lastsMs: [2_000, 8_000],
  perRoundMax: 1,
  begin: async (world, { rng }) => {
    const kind = rng.pick(Object.keys(LIES));
    const all = world.operators.flatMap(({ signer }) => signer ?? []);
    for (const signer of all) signer.setLie(LIES[kind]);
    world.count(`lies of remote signers: ${kind}`);
    return () => {
      for (const signer of all) signer.setLie(undefined);
    };
  },
};
