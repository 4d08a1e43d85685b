import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { bytesToHex, stringToBytes } from "viem";
import { encodeCompletion } from "../../../node/src/network/completionMessage.ts";
import { sealEnvelope } from "../../../node/src/network/envelope.ts";
import { topicsOf } from "../../../node/src/network/topics.ts";
import type { RoguePeer } from "../../fixtures/roguePeer.ts";
import { addressOf, openHostilePeer } from "../hostilePeer.ts";
import type { SimOperator } from "../operators.ts";
import type { Rng } from "../rng.ts";
import type { World } from "../world.ts";
import type { Fault } from "./fault.ts";

const ROW = "flood, oversize, malformed, replay from peers";
const PROTOCOLS = ["/pleiad/certificate/1", "/pleiad/completions/1", "/pleiad/blob/1", "/ipfs/id/1.0.0"];
const LOOK_MS = 20;
/** At once. */
const BURST = 20;
const GARBAGE_BYTES = 4_096;
const OVERSIZE_BYTES = 200_000;

/** Somebody without a certificate asks for everything, and fills the port with noise. */
export const hostileStranger: Fault = {
  name: "hostileStranger",
  row: ROW,
  weight: 3,
  lastsMs: [3_000, 8_000],
  begin: (world, { operator, rng }) =>
    attack(world, operator, false, async (peer) => {
      await shout(operator);
      const connection = await peer.dial(addressOf(operator));
      const ask = () => peer.ask(connection, rng.pick(PROTOCOLS), randomBytes(GARBAGE_BYTES), 500);
      await Promise.all(Array.from({ length: BURST }, ask));
      await connection.close();
    }),
};

/** A registered node floods, lies, says things twice and too large. */
export const hostileMember: Fault = {
  name: "hostileMember",
  row: ROW,
  weight: 4,
  lastsMs: [3_000, 8_000],
  begin: (world, { operator, rng }) =>
    attack(world, operator, true, async (peer) => {
      const topic = topicsOf(world.chain.chainId, world.registry.deployment.clusterExecutions).completions(
        world.registry.offers[0].cluster,
      );
      const { pubsub } = peer.node.services;
      if (peer.node.getConnections().length === 0) await peer.dial(addressOf(operator));
      pubsub.subscribe(topic);
      for (let number = 0; number < BURST; number++) {
        const body = bodyOf(world, rng);
        await pubsub.publish(topic, sealEnvelope(topic, peer.certificate, body, peer.identity.signingKey));
        world.count("hostile messages");
      }
    }),
};

/** Does it again and again until the fault is over. What becomes of one attempt is the attacker's own concern. */
async function attack(
  world: World,
  operator: SimOperator,
  isMember: boolean,
  once: (peer: RoguePeer, operator: SimOperator) => Promise<void>,
) {
  const peer = await openHostilePeer(world, { isMember });
  let isOver = false;
  world.count("hostile peers");
  const attacking = (async () => {
    while (!isOver) {
      // Refused, cut, banned: as it should be.
      await once(peer, operator).catch(() => world.count("attacks cut off"));
      await sleep(LOOK_MS);
    }
  })();
  return async () => {
    isOver = true;
    await attacking;
    await peer.stop();
  };
}

function bodyOf(world: World, rng: Rng): Uint8Array {
  switch (rng.int(0, 3)) {
    case 0:
      return randomBytes(GARBAGE_BYTES);
    case 1:
      return randomBytes(OVERSIZE_BYTES);
    case 2:
      return stringToBytes('{"v":1,"cluster":"1","cluster":"2"}');
    default:
      return forgedCompletion(world, rng);
  }
}

/** A completion in the name of an honest node, with a signature that is none. */
function forgedCompletion(world: World, rng: Rng): Uint8Array {
  const { registry, workload } = world;
  return encodeCompletion({
    cluster: registry.offers[0].cluster,
    completion: {
      execution: BigInt(rng.int(1, Math.max(1, workload.asked()))),
      task: rng.int(0, 2),
      contextHash: bytesToHex(randomBytes(32)),
      outputDigest: bytesToHex(randomBytes(32)),
      evidenceDigest: bytesToHex(new Uint8Array(32)),
      node: rng.pick(registry.nodes),
      tip: 0n,
    },
    signature: bytesToHex(randomBytes(65)),
    output: randomBytes(64),
  });
}

/** Noise on the bare port. */
async function shout({ listenPort }: SimOperator): Promise<void> {
  await new Promise<void>((resolve) => {
    const socket = connect(listenPort, "127.0.0.1", () => socket.end(randomBytes(GARBAGE_BYTES)));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve());
    socket.setTimeout(500, () => socket.destroy());
  });
}
