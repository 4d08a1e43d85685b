import { expect } from "chai";
import { describe, it } from "mocha";
import {
  AGAIN_MS_MAX,
  AGAIN_MS_MIN,
  followStream,
  type StreamSurroundings,
} from "../../../dashboard/src/api/followStream.ts";
import type { currentSession } from "../../../dashboard/src/session.ts";
import { manualClock } from "../../node/chain/helpers.ts";

const CLOSED = { state: "closed", reason: "missing" } as const;
const openWith = (token: string) => ({ state: "open", token }) as const;

/** A browser whose clock the test moves, and whose sockets it opens, feeds and breaks. */
function surroundings() {
  let session: ReturnType<typeof currentSession> = openWith("one");
  const heeding = new Set<() => void>();
  const clock = manualClock();
  const sockets: ReturnType<typeof socketOf>[] = [];
  const asked: (() => void)[] = [];

  function socketOf(path: string, protocols: string[]) {
    const target = new EventTarget();
    let isOpen = true;
    return {
      path,
      protocols,
      addEventListener: target.addEventListener.bind(target) as WebSocket["addEventListener"],
      isOpen: () => isOpen,
      say: (message: object) =>
        target.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) })),
      close() {
        isOpen = false;
        // A browser tells of it later; whoever closes it cares no more.
        queueMicrotask(() => target.dispatchEvent(new Event("close")));
      },
    };
  }

  const made: StreamSurroundings = {
    session: {
      current: () => session,
      on(listener) {
        heeding.add(listener);
        return () => void heeding.delete(listener);
      },
    },
    openSocket(path, protocols) {
      const socket = socketOf(path, protocols);
      sockets.push(socket);
      return socket;
    },
    ask: () => new Promise((_resolve, reject) => asked.push(() => reject(new Error("nobody answers")))),
    clock,
  };
  return {
    made,
    sockets,
    heeding,
    asked,
    openSockets: () => sockets.filter((socket) => socket.isOpen()),
    last: () => sockets.at(-1) as (typeof sockets)[number],
    sign(next: typeof session) {
      session = next;
      for (const listener of heeding) listener();
    },
    /** What is asked after an end is answered. */
    async answer() {
      await settled();
      for (const one of asked.splice(0)) one();
      await settled();
    },
    pass: clock.advance,
    /** How long until the next try. */
    pauseMs: clock.waits,
  };
}

/** All that follows by itself has followed. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function followed() {
  const around = surroundings();
  const heard: unknown[] = [];
  const end = followStream(
    "/changes",
    {
      onConnection: (connection) => heard.push(connection),
      onMessage: (message: { readonly n?: number }) => heard.push(message.n),
    },
    around.made,
  );
  return { ...around, heard, end };
}

describe("a stream that is followed", () => {
  it("is asked for with the token, is live once it says so, and hands on what it tells", async () => {
    const { sockets, heard, last, end } = followed();
    expect(sockets.map(({ path, protocols }) => [path, protocols])).to.deep.equal([
      ["/changes", ["pleiad.workspace.v1", "bearer.one"]],
    ]);
    last().say({ kind: "open" });
    last().say({ kind: "changes", n: 1 });
    last().say({ kind: "changes", n: 2 });
    expect(heard).to.deep.equal(["connecting", "live", 1, 2]);
    end();
  });

  it("connects again after an end, and is live once for each time, so that what was missed is read once", async () => {
    const { sockets, heard, last, answer, pass, end } = followed();
    last().say({ kind: "open" });
    last().close();
    await answer();
    pass(AGAIN_MS_MIN - 1);
    expect(sockets.length).to.equal(1);
    pass(1);
    expect(sockets.length).to.equal(2);
    // It is not live before the daemon says so: from then on it tells everything.
    expect(heard).to.deep.equal(["connecting", "live", "lost"]);
    last().say({ kind: "open" });
    last().say({ kind: "changes", n: 1 });
    expect(heard).to.deep.equal(["connecting", "live", "lost", "live", 1]);
    end();
  });

  it("pauses ever longer up to a bound, and starts anew after one that lived", async () => {
    const { last, answer, pass, pauseMs, end } = followed();
    const pauses: number[] = [];
    for (let tries = 0; tries < 7; tries += 1) {
      // Some say that they are open and end at once: they are no better than those that never do.
      if (tries % 2 === 0) last().say({ kind: "open" });
      last().close();
      await answer();
      const [ms = 0] = pauseMs();
      pauses.push(ms);
      pass(ms);
    }
    expect(pauses).to.deep.equal([250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
    last().say({ kind: "open" });
    pass(AGAIN_MS_MAX);
    last().close();
    await answer();
    expect(pauseMs()).to.deep.equal([AGAIN_MS_MIN]);
    end();
  });

  it("has one socket and one try at a time, whatever happens while it asks why it ended", async () => {
    const { heard, sockets, openSockets, last, sign, answer, pass, pauseMs, end } = followed();
    last().say({ kind: "open" });
    const first = last();
    first.close();
    await settled();
    // Signed in anew while it is asked about the first, and lost again before that is answered.
    sign(openWith("two"));
    expect(openSockets().length).to.equal(1);
    last().close();
    await answer();
    expect(pauseMs().length).to.equal(1);
    pass(AGAIN_MS_MIN);
    expect([sockets.length, openSockets().length]).to.deep.equal([3, 1]);
    await answer();
    pass(AGAIN_MS_MAX);
    expect(sockets.length).to.equal(3);
    // Nothing that an old one says late is heard.
    const before = heard.length;
    first.say({ kind: "changes", n: 9 });
    expect(heard.length).to.equal(before);
    end();
  });

  it("stops when somebody signs out: live, while it asks, or while it waits for the next try", async () => {
    for (const moment of ["live", "asking", "waiting"] as const) {
      const { sockets, pauseMs, asked, openSockets, last, sign, answer, pass, end } = followed();
      last().say({ kind: "open" });
      if (moment !== "live") last().close();
      if (moment === "waiting") await answer();
      sign(CLOSED);
      await answer();
      pass(AGAIN_MS_MAX * 2);
      expect([sockets.length, openSockets().length, pauseMs().length, asked.length], moment).to.deep.equal([
        1, 0, 0, 0,
      ]);
      // Signed in again, it goes on with the new token.
      sign(openWith("two"));
      expect(last().protocols[1], moment).to.equal("bearer.two");
      end();
    }
  });

  it("goes on with another token alone, and with the same as if nothing was", () => {
    const { sockets, openSockets, last, sign, end } = followed();
    sign(openWith("one"));
    expect(sockets.length).to.equal(1);
    sign(openWith("two"));
    expect(openSockets()).to.deep.equal([last()]);
    expect(last().protocols[1]).to.equal("bearer.two");
    end();
  });

  it("ends for good: no socket, no try, nobody who listens", async () => {
    for (const moment of ["live", "asking", "waiting"] as const) {
      const { sockets, pauseMs, heeding, openSockets, last, answer, pass, sign, end } = followed();
      last().say({ kind: "open" });
      if (moment !== "live") last().close();
      if (moment === "waiting") await answer();
      end();
      await answer();
      pass(AGAIN_MS_MAX * 2);
      sign(openWith("two"));
      const left = [sockets.length, openSockets().length, pauseMs().length, heeding.size];
      expect(left, moment).to.deep.equal([1, 0, 0, 0]);
    }
  });
});
