import { PleiadError } from "@pleiad/sdk/errors";
import { expect } from "chai";
import { describe, it } from "mocha";
import { type Hex, keccak256, stringToBytes } from "viem";
import { createBlobFetches } from "../../../node/src/work/blobFetches.ts";
import type { Gossip } from "../../../node/src/work/ports.ts";
import { logger, manualClock } from "../chain/helpers.ts";

const BYTES = stringToBytes("a blob");
const DIGEST = keccak256(BYTES);
const turn = () => new Promise((resolve) => setImmediate(resolve));

function create() {
  const clock = manualClock();
  const disk = new Map<Hex, Uint8Array>();
  const stopping = new AbortController();
  const woken: [bigint, number | undefined][] = [];
  const peers = { asked: 0, have: false };
  const fetches = createBlobFetches({
    blobs: {
      get: async (digest) => disk.get(digest),
      put: async (bytes) => {
        disk.set(keccak256(bytes), bytes);
        return keccak256(bytes);
      },
    },
    gossip: {
      async fetchBlob(_digest: Hex, signal: AbortSignal) {
        peers.asked++;
        signal.throwIfAborted();
        if (peers.have) return BYTES;
        throw new PleiadError("nobody has it", { code: "BLOB_MISSING", retryable: true });
      },
    } as unknown as Gossip,
    clock,
    logger,
    stopping: stopping.signal,
    wake: (id, delayMs) => void woken.push([id, delayMs]),
  });
  return { clock, disk, stopping, woken, peers, fetches };
}

describe("createBlobFetches", () => {
  it("anInput_isFetchedOnce_andKept", async () => {
    const { fetches, peers, disk } = create();
    peers.have = true;
    for (let i = 0; i < 5; i++) {
      fetches.want(1n, DIGEST);
      await turn();
    }
    expect(peers.asked).to.equal(1);
    expect(disk.get(DIGEST)).to.deep.equal(BYTES);
  });

  it("aMissingBlob_isAskedForAgainLater_andNotBefore", async () => {
    const { fetches, peers, woken, clock } = create();
    fetches.want(1n, DIGEST);
    fetches.want(1n, DIGEST);
    await turn();
    expect(peers.asked, "not twice at once").to.equal(1);
    expect(woken).to.deep.equal([[1n, 250]]);
    clock.advance(100);
    fetches.want(1n, DIGEST);
    expect(peers.asked).to.equal(1);
    expect(woken.at(-1), "the wish is not lost").to.deep.equal([1n, 150]);
    clock.advance(150);
    fetches.want(1n, DIGEST);
    await turn();
    expect(peers.asked).to.equal(2);
    expect(woken.at(-1)).to.deep.equal([1n, 500]);
  });

  it("anOutput_isHandedOver_alsoWhenItIsOnTheDiskAlready", async () => {
    const { fetches, peers, woken } = create();
    const used: Uint8Array[] = [];
    peers.have = true;
    for (let i = 0; i < 2; i++) {
      fetches.want(1n, DIGEST, (bytes) => void used.push(bytes));
      await turn();
    }
    expect(used).to.deep.equal([BYTES, BYTES]);
    expect(peers.asked).to.equal(1);
    expect(woken.at(-1)).to.deep.equal([1n, undefined]);
  });

  it("afterTheStop_nothingIsToldAnyMore", async () => {
    const { fetches, stopping, woken } = create();
    fetches.want(1n, DIGEST);
    stopping.abort(new PleiadError("stopped", { code: "JOB_STOPPED" }));
    await turn();
    expect(woken).to.deep.equal([]);
  });
});
