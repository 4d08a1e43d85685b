import { expect } from "chai";
import { describe, it } from "mocha";
import { concatBytes, toBytes } from "viem";
import { encodeCompletion } from "../../../node/src/network/completionMessage.ts";
import { COMPLETION_PROTOCOL } from "../../../node/src/network/completionProtocol.ts";
import { frame } from "../../../node/src/network/streams.ts";
import type { CompletionArchive, Network, SignedCompletion } from "../../../node/src/network/types.ts";
import {
  CLUSTER,
  certify,
  connect,
  DirectoryFake,
  open,
  openRogue,
  register,
  signedCompletion,
  temporaryFolder,
  until,
} from "./support.ts";

function archiveOf(...messages: SignedCompletion[]): CompletionArchive {
  return {
    find: async (executions) =>
      messages.filter(({ completion }) => executions.includes(completion.execution)),
  };
}

function hear(network: Network): SignedCompletion[] {
  const heard: SignedCompletion[] = [];
  network.onCompletion((message) => void heard.push(message));
  return heard;
}

describe("catching up", () => {
  it("brings a daemon that starts late what its clusters said before", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const a = await open(directory, n1);
    const said = [];
    for (let task = 0; task < 3; task++) said.push(await signedCompletion(n1, { task }));
    for (const message of said) await a.publishCompletion(message);
    await a.publishCompletion(await signedCompletion(n1, { cluster: 8n, execution: 80n }));
    const b = await open(directory, n2);
    const heard = hear(b);
    await connect(b, a);
    await until("b has heard all three", () => heard.length === 3);
    expect(heard).to.deep.equal(said);
  });

  it("brings what peers keep of the executions it wants, at once and when asked", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const kept = await Promise.all(
      [41n, 42n, 43n].map((execution) => signedCompletion(n1, { execution, cluster: 9n })),
    );
    const a = await open(directory, n1, { archive: archiveOf(...kept) });
    const b = await open(directory, n2, { wantedExecutions: async () => [41n] });
    const heard = hear(b);
    await connect(b, a);
    await until("b has what it wanted", () => heard.length === 1);
    await b.catchUp([41n, 43n]);
    await until("b has what it asked for", () => heard.length === 2);
    expect(heard.map(({ completion }) => completion.execution)).to.deep.equal([41n, 43n]);
    const many = Array.from({ length: 100 }, (_, index) => BigInt(index));
    await b.catchUp(many);
    await until("b has the rest, asked in parts", () => heard.length === 3);
  });

  it("works again after a reconnect, without saying anything twice", async () => {
    const directory = new DirectoryFake();
    const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
    const identityFolder = await temporaryFolder();
    const a = await open(directory, n1, { identityFolder });
    const b = await open(directory, n2, {
      bootstrap: a.multiaddrs(),
      random: () => 0,
      wantedExecutions: async () => [1n],
    });
    const heard = hear(b);
    await until("connected", () => a.stats().peersCertified === 1);
    const first = await signedCompletion(n1);
    await a.publishCompletion(first);
    await until("b has heard the first", () => heard.length === 1);
    const [address] = a.multiaddrs();
    await a.stop();
    await until("b has lost a", () => b.peers().length === 0);

    const second = await signedCompletion(n1, { task: 1 });
    const listenPort = Number(address?.split("/")[4]);
    const again = await open(directory, n1, {
      identityFolder,
      listenPort,
      archive: archiveOf(first, second),
    });
    await until("b has redialed", () => again.stats().peersCertified === 1);
    await until("b has heard the second", () => heard.length === 2);
    expect(heard).to.deep.equal([first, second]);
  });

  for (const [what, misdeed, make] of [
    [
      "forged",
      "badSignature",
      (_good: Uint8Array, text: string) => frame(toBytes(text.replace('"tip":"0"', '"tip":"1"'))),
    ],
    [
      "not asked for",
      "wrongContent",
      (_good: Uint8Array, text: string) =>
        frame(toBytes(text.replace(`"cluster":"${CLUSTER}"`, '"cluster":"8"'))),
    ],
    ["malformed", "malformed", () => frame(toBytes("{}"))],
    ["cut off", "malformed", (good: Uint8Array) => frame(good).subarray(0, 99)],
    ["announced too large", "oversized", () => Uint8Array.of(0xff, 0, 0, 0)],
    [
      "endless",
      "wrongContent",
      (good: Uint8Array) => concatBytes(Array.from({ length: 600 }, () => frame(good))),
    ],
  ] as const) {
    it(`refuses an answer that is ${what}, which costs the peer`, async () => {
      const directory = new DirectoryFake();
      const [n1, n2] = [register(directory, 1n), register(directory, 2n)];
      const good = encodeCompletion(await signedCompletion(n1));
      const answer = make(good, new TextDecoder().decode(good));
      const rogue = await openRogue((identity) => certify(n1, identity), {
        [COMPLETION_PROTOCOL]: () => answer,
      });
      const b = await open(directory, n2);
      const heard = hear(b);
      await rogue.dial(b);
      await until("b has refused it", () => (b.stats().misdeedsTotal[misdeed] ?? 0) === 1);
      expect(b.stats().misdeedsTotal).to.deep.equal({ [misdeed]: 1 });
      expect(heard).to.deep.equal([]);
    });
  }
});
