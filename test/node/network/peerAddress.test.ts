import { expect } from "chai";
import { describe, it } from "mocha";
import { isLanHost, isPublicHost, parsePeerAddress } from "../../../node/src/network/peerAddress.ts";

const PEER = "12D3KooWBrfYXdVyo9TEyJDdMtThLEPZWZ8Yyn9xzFCzfVn7jNWq";
const OTHER = "12D3KooWK6GXRCcUYc6TZzRvqZUhMuEdk4HqQEg69xRiCmpJ7Ev5";

describe("peer addresses", () => {
  it("name the peer to be found, directly or through one relay", () => {
    expect(parsePeerAddress(`/ip4/203.0.113.7/tcp/9317/p2p/${PEER}`)).to.deep.include({
      peer: PEER,
      host: "203.0.113.7",
      isRelayed: false,
    });
    expect(
      parsePeerAddress(`/dns4/relay.example/tcp/9317/p2p/${OTHER}/p2p-circuit/p2p/${PEER}`),
    ).to.deep.include({ peer: PEER, host: "relay.example", isRelayed: true });
  });

  for (const wrong of [
    "",
    "https://example.com/",
    "/ip4/203.0.113.7/tcp/9317",
    `/ip4/203.0.113.7/udp/9317/quic-v1/p2p/${PEER}`,
    `/ip4/203.0.113.7/tcp/9317/ws/p2p/${PEER}`,
    `/ip4/203.0.113.7/tcp/99999/p2p/${PEER}`,
    `/ip4/203.0.113.777/tcp/9317/p2p/${PEER}`,
    "/ip4/203.0.113.7/tcp/9317/p2p/QmNPubsDWATVngE3d5WDSNe7eVrFLuk38qb9t6vdLnu2aK",
    `/unix/%2Ftmp%2Fsocket/p2p/${PEER}`,
    `/ip4/203.0.113.7/tcp/9317/p2p/${OTHER}/p2p-circuit/p2p/${OTHER}/p2p-circuit/p2p/${PEER}`,
    `/dns4/${"a".repeat(600)}/tcp/9317/p2p/${PEER}`,
  ])
    it(`are not: "${wrong.slice(0, 60)}"`, () => {
      expect(parsePeerAddress(wrong)).to.equal(undefined);
    });

  const near = ["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "127.0.0.1"];
  const near6 = ["fd00::1", "fe80::1", "::1"];
  const special = ["0.0.0.0", "100.64.0.1", "224.0.0.251", "255.255.255.255", "198.18.0.1"];
  const special6 = [
    "::",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "ff02::fb",
  ];
  const far = ["203.0.113.7", "8.8.8.8", "172.32.0.1", "2a00:1450::1"];

  it("of the LAN, of everybody, and of neither are told apart; a name is neither", () => {
    const told = (hosts: string[]) => hosts.map((host) => [isLanHost(host), isPublicHost(host)]);
    expect(told([...near, ...near6])).to.deep.equal([...near, ...near6].map(() => [true, false]));
    expect(told([...special, ...special6])).to.deep.equal(special.concat(special6).map(() => [false, false]));
    expect(told(far)).to.deep.equal(far.map(() => [false, true]));
    expect(told(["localhost", "internal.example"])).to.deep.equal([
      [false, false],
      [false, false],
    ]);
  });
});
