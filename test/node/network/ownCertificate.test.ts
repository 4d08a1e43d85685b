import { expect } from "chai";
import { describe, it } from "mocha";
import { pino } from "pino";
import { verifyRecord } from "../../../node/src/network/certificate.ts";
import { loadIdentity } from "../../../node/src/network/identity.ts";
import { createOwnCertificate } from "../../../node/src/network/ownCertificate.ts";
import {
  codeOf,
  DirectoryFake,
  DOMAIN,
  fakeClock,
  register,
  signerOf,
  temporaryFolder,
  until,
} from "./support.ts";

const HOUR_MS = 3_600_000;

async function setting() {
  const directory = new DirectoryFake();
  const node = register(directory, 5n);
  const clock = fakeClock();
  const signer = signerOf(node.account);
  let down = false;
  let signed = 0;
  const own = createOwnCertificate(
    { ...DOMAIN, node: 5n },
    {
      signer: {
        ...signer,
        async signTypedData(definition) {
          if (down) throw new Error("the signer is away");
          signed++;
          return signer.signTypedData(definition);
        },
      },
      identity: await loadIdentity(await temporaryFolder()),
      clock,
      logger: pino({ level: "silent" }),
    },
  );
  const setDown = (value: boolean) => {
    down = value;
  };
  return { directory, clock, own, setDown, signed: () => signed };
}

describe("own certificate", () => {
  it("is valid at once, also by a clock that is two hours behind", async () => {
    const { directory, clock, own } = await setting();
    await own.start();
    const context = { ...DOMAIN, directory };
    await verifyRecord(own.current(), { ...context, nowSeconds: clock.wallSeconds() });
    await verifyRecord(own.current(), { ...context, nowSeconds: clock.wallSeconds() - 7_200n });
    own.stop();
  });

  it("is renewed before half of its time is left, and the one before it stays known", async () => {
    const { clock, own, signed } = await setting();
    await own.start();
    const first = own.current();
    clock.advance(8 * HOUR_MS);
    expect(signed()).to.equal(1);
    clock.advance(2 * HOUR_MS);
    await until("a second one", () => own.current() !== first);
    expect(signed()).to.equal(2);
    expect(own.byDigest(first.digest)).to.equal(first);
    expect(own.byDigest(own.current().digest)).to.equal(own.current());
    own.stop();
  });

  it("survives a signer that is away, and is renewed when it is back", async () => {
    const { clock, own, setDown } = await setting();
    await own.start();
    const first = own.current();
    setDown(true);
    clock.advance(12 * HOUR_MS);
    await new Promise((resolve) => setImmediate(resolve));
    expect(own.current()).to.equal(first);
    setDown(false);
    clock.advance(60_000);
    await until("a second one", () => own.current() !== first);
    own.stop();
  });

  it("says so, retryably, when the first cannot be signed", async () => {
    const { own, setDown } = await setting();
    setDown(true);
    expect(await codeOf(own.start())).to.equal("CERTIFICATE_UNSIGNED");
    expect(await codeOf(() => own.current())).to.equal("NETWORK_STOPPED");
  });
});
