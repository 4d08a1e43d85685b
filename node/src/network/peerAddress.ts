import { BlockList, isIP } from "node:net";
import { multiaddr } from "@multiformats/multiaddr";
import { ADDRESS_CHARACTERS_MAX } from "./limits.ts";

/** An address that names the peer to be found there: nobody else is taken for it, as Noise proves the peer id. */
export interface PeerAddress {
  readonly text: string;
  /** Peer id of who is reached. */
  readonly peer: string;
  /** First part: an IP address or a name. Of a relayed address, the relay's. */
  readonly host: string;
  readonly isRelayed: boolean;
}

/** TCP to a peer, or through one relay to a peer; nothing else is dialed because somebody named it. */
const DIRECT = /^(ip4|ip6|dns|dns4|dns6) tcp p2p$/;
const RELAYED = /^(ip4|ip6|dns|dns4|dns6) tcp p2p p2p-circuit p2p$/;

/** Peer ids of this network, of Ed25519 keys, in the spelling that connections show: one peer has one name here. */
const PEER = /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/;

/** Reads an address with its peer id; undefined for whatever is none, however it is wrong. */
export function parsePeerAddress(text: string): PeerAddress | undefined {
  if (text.length > ADDRESS_CHARACTERS_MAX) return undefined;
  try {
    const parts = multiaddr(text).getComponents();
    const form = parts.map(({ name }) => name).join(" ");
    const host = parts[0]?.value;
    const peer = parts.at(-1)?.value;
    if ((!DIRECT.test(form) && !RELAYED.test(form)) || host === undefined || peer === undefined)
      return undefined;
    return PEER.test(peer) ? { text, peer, host, isRelayed: RELAYED.test(form) } : undefined;
  } catch {
    return undefined;
  }
}

/** The address with the peer id at its end, as the book keeps it. */
export function withPeer(address: string, peer: string): string {
  return address.endsWith(`/p2p/${peer}`) ? address : `${address}/p2p/${peer}`;
}

const LAN = { ipv4: new BlockList(), ipv6: new BlockList() };
const SPECIAL = { ipv4: new BlockList(), ipv6: new BlockList() };

for (const [net, prefix] of [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
  ["127.0.0.0", 8],
] as const)
  LAN.ipv4.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of [
  ["fc00::", 7],
  ["fe80::", 10],
  ["::1", 128],
] as const)
  LAN.ipv6.addSubnet(net, prefix, "ipv6");
// "This" network, carriers' NAT, protocol assignments, benchmarks, multicast, reserved.
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["100.64.0.0", 10],
  ["192.0.0.0", 24],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  SPECIAL.ipv4.addSubnet(net, prefix, "ipv4");
// Unspecified and IPv4 in IPv6's clothes (mapped, translated, 6to4, Teredo), site-local, multicast.
for (const [net, prefix] of [
  ["::", 96],
  ["::ffff:0:0", 96],
  ["64:ff9b::", 32],
  ["2001::", 32],
  ["2002::", 16],
  ["fec0::", 10],
  ["ff00::", 8],
] as const)
  SPECIAL.ipv6.addSubnet(net, prefix, "ipv6");

function isIn(lists: { readonly ipv4: BlockList; readonly ipv6: BlockList }, host: string): boolean {
  if (isIP(host) === 4) return lists.ipv4.check(host, "ipv4");
  return isIP(host) === 6 && lists.ipv6.check(host, "ipv6");
}

/** An address of this machine or of the network around it. A name is none: nobody knows where it leads. */
export function isLanHost(host: string): boolean {
  return isIn(LAN, host);
}

/** An address that everybody reaches alike: neither a name nor anything near this machine that others cannot reach. */
export function isPublicHost(host: string): boolean {
  return isIP(host) !== 0 && !isIn(LAN, host) && !isIn(SPECIAL, host);
}
