import { execFileSync } from "node:child_process";
import { listAgents } from "@pleiad/sdk/workspace/listAgents";
import { readMessages } from "@pleiad/sdk/workspace/readMessages";
import { sendMessage } from "@pleiad/sdk/workspace/sendMessage";
import { spawnAgent } from "@pleiad/sdk/workspace/spawnAgent";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { testClientOf } from "../fixtures/chain.ts";
import type { DaemonProcess } from "../fixtures/daemonProcess.ts";
import { fakeService, openTeamWorld, type TeamWorld } from "../fixtures/teamWorld.ts";
import { until } from "../fixtures/until.ts";

/** What agents that pour out all they can may add to a daemon: a few lines of the largest size, and what is not collected yet. */
const MEMORY_BYTES_MAX = 200_000_000;

interface Status {
  readonly chain: { readonly head: { readonly number: string } };
}

/** What each does, whatever it is told. */
const BAD: Readonly<Record<string, object>> = {
  exits: { beginning: "exits" },
  mute: { beginning: "mute" },
  garbage: { beginning: "garbage" },
  binary: { beginning: "binary" },
  flood: { always: "flood" },
  // In one piece, more than any line may have.
  huge: { always: "huge 50000000" },
  answer: { always: "huge 10000000" },
  asks: { always: "askSeries 1000" },
  loops: { always: "toolLoop" },
  hangs: { always: "hang" },
  stubborn: { always: "stubborn" },
  flees: { always: "forkAway" },
};

describe("helpers whose agents are bad, beside one that is good", function () {
  this.timeout(120_000);
  let world: TeamWorld;
  let daemon: DaemonProcess;
  before(async () => {
    const quick = { readyMs: 2_000 };
    const services = Object.fromEntries(
      Object.entries(BAD).map(([name, script]) => [
        name,
        fakeService(script, "beginning" in script ? quick : {}),
      ]),
    );
    world = await openTeamWorld(
      { coder: fakeService(), ...services },
      { workspace: { helpersMax: Object.keys(BAD).length + 2 } },
    );
    daemon = await world.start();
  });
  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await world?.[Symbol.asyncDispose]();
  });

  it("keep it from no message, and the daemon from no request and no block, and take a bounded memory", async () => {
    const client = world.client(daemon);
    const rss = () =>
      Number(execFileSync("ps", ["-o", "rss=", "-p", String(daemon.pid)], { encoding: "utf8" })) * 1_024;
    const before = rss();
    const head = async () =>
      BigInt(((await (await daemon.ask("/status")).json()) as Status).chain.head.number);
    const headBefore = await head();
    for (const service of Object.keys(BAD))
      await spawnAgent(client, { name: service, role: "coder", goal: "harm", service, task: "go" });
    await spawnAgent(client, { name: "good", role: "coder", goal: "obey", service: "coder" });
    const answer = (number: number) => `answer ${number}`;
    for (let number = 0; number < 5; number += 1) {
      const reply = {
        destination: { kind: "direct", to: `node:${world.operator.node}` },
        text: answer(number),
      };
      await testClientOf(world.chain).mine({ blocks: 1 });
      const text = `\nDO call pleiad send_message ${JSON.stringify(reply)}`;
      await sendMessage(client, { destination: { kind: "direct", to: "good" }, text });
      await until(`it says ${answer(number)}`, async () =>
        (await readMessages(client, { box: "all", limit: 200 })).messages.some(
          (one) => one.from.name === "good" && one.text === answer(number),
        ),
      );
    }
    await until("the blocks of meanwhile are followed", async () => (await head()) >= headBefore + 5n);
    const { agents } = await listAgents(client);
    const restarts = agents.flatMap(({ name, program }) => (name === "good" ? [program?.restarts] : []));
    expect(restarts).to.deep.equal([0]);
    expect(rss() - before).to.be.below(MEMORY_BYTES_MAX);
  });
});
