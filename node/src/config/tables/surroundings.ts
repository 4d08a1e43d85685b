import { z } from "zod";
import { field, section } from "../fields.ts";
import {
  BLOB_RETENTION_MS_MAX,
  BOOTSTRAP_MAX,
  isReadable,
  multiaddrSchema,
  port,
  RELAY_BYTES_MAX,
  RELAY_DURATION_MS_MAX,
  RELAY_PEERS_MAX,
  RELAYS_MAX,
  reachedAtSchema,
  rpcUrlSchema,
  text,
  whole,
  wholeText,
} from "../schemas.ts";

/** Peers, the API, what is kept, and what is told of it. */
export const SURROUNDINGS_KEYS = {
  network: section("The peer-to-peer network. Without it the node works from the chain alone.", {
    enabled: field({
      meaning: "Whether to talk to peers.",
      expected: "true or false",
      schema: z.boolean(),
      default: true,
    }),
    listenHost: field({
      meaning: "Address to listen on. `0.0.0.0` lets peers on other machines connect.",
      expected: "an IPv4 or IPv6 address",
      schema: z.union([z.ipv4(), z.ipv6()]),
      default: "127.0.0.1",
    }),
    listenPort: field({
      meaning: "TCP port to listen on; 0 takes any free one.",
      expected: wholeText(0, 65_535),
      schema: port,
      default: 9_317,
    }),
    listen: field({
      meaning:
        "Whether to take connections on that port. A node that nobody can reach there, behind a router, may as well not; it is reached " +
        "through relays.",
      expected: "true or false",
      schema: z.boolean(),
      default: true,
    }),
    bootstrap: field({
      meaning:
        "Peers to find the others by, as multiaddresses with their peer id; one behind a router by its address at a relay. Others are " +
        "found where they were before, and where their owners announce them on the chain.",
      expected: `a list of up to ${BOOTSTRAP_MAX} multiaddresses such as /ip4/192.0.2.1/tcp/9317/p2p/12D3Koo...`,
      schema: z.array(reachedAtSchema).max(BOOTSTRAP_MAX).readonly(),
      default: [],
    }),
    lanDiscovery: field({
      meaning:
        "Whether to tell the local network of this node by multicast DNS, and to dial those that tell of themselves, at private addresses alone. " +
        "Whoever is on that network hears that a node runs here, and its peer id.",
      expected: "true or false",
      schema: z.boolean(),
      default: false,
    }),
    relayUse: field({
      meaning: "Relays through which others are to reach this node, as multiaddresses with their peer id.",
      expected: `a list of up to ${RELAYS_MAX} multiaddresses such as /ip4/192.0.2.1/tcp/9317/p2p/12D3Koo...`,
      schema: z.array(multiaddrSchema).max(RELAYS_MAX).readonly(),
      default: [],
    }),
    relayFind: field({
      meaning: "Whether to ask certified peers that are relays, too, so that others can reach this node.",
      expected: "true or false",
      schema: z.boolean(),
      default: false,
    }),
    relayServe: field({
      meaning:
        "Whether to be a relay: to pass on connections between certified peers of which one cannot be reached otherwise. What passes is " +
        "encrypted between the two.",
      expected: "true or false",
      schema: z.boolean(),
      default: false,
    }),
    relayPeersMax: field({
      meaning: "Peers that can be reached through this relay at once; two of each node at most.",
      expected: wholeText(1, RELAY_PEERS_MAX),
      schema: whole(1, RELAY_PEERS_MAX),
      default: 16,
    }),
    relayBytesMax: field({
      meaning:
        "Bytes, both ways together, that one connection through this relay may carry; then it ends, and can be made anew.",
      expected: wholeText(1_048_576, RELAY_BYTES_MAX),
      schema: whole(1_048_576, RELAY_BYTES_MAX),
      default: 268_435_456,
    }),
    relayDurationMs: field({
      meaning:
        "How long one connection through this relay may last, in milliseconds; then it ends, and can be made anew.",
      expected: wholeText(10_000, RELAY_DURATION_MS_MAX),
      schema: whole(10_000, RELAY_DURATION_MS_MAX),
      default: 3_600_000,
    }),
  }),

  api: section("The node's own API, for this machine alone.", {
    host: field({
      meaning: "Address of the API. Only this machine's own addresses are possible.",
      expected: '"127.0.0.1", "::1" or "localhost"',
      schema: z.enum(["127.0.0.1", "::1", "localhost"]),
      default: "127.0.0.1",
    }),
    port: field({
      meaning: "TCP port of the API; 0 takes any free one.",
      expected: wholeText(0, 65_535),
      schema: port,
      default: 7_317,
    }),
    tokenFile: field({
      meaning: "File that holds the API's token, mode 0600; made at the first start.",
      expected: "a path",
      schema: text,
      default: "api.token",
      path: true,
    }),
  }),

  store: section("What the node keeps in its data folder.", {
    blobBytesTotalMax: field({
      meaning:
        "Room for all blobs together, in bytes. When it is full, the node drops what was used longest ago and no running execution needs; " +
        "where there is nothing to drop it takes no further one.",
      expected: wholeText(1_048_576, 1_099_511_627_776),
      schema: whole(1_048_576, 1_099_511_627_776),
      default: 1_073_741_824,
    }),
    blobRetentionMs: field({
      meaning:
        "How long inputs and outputs are kept after their execution ended, in milliseconds of the chain's time; 0 drops them as soon as the end " +
        "is final. Until then whoever wants a response by reference can have it from this node.",
      expected: wholeText(0, BLOB_RETENTION_MS_MAX),
      schema: whole(0, BLOB_RETENTION_MS_MAX),
      default: 604_800_000,
    }),
  }),

  tracing: section("Traces of jobs, for a collector that speaks OpenTelemetry's protocol (OTLP).", {
    otlpUrl: field({
      meaning:
        "Where the collector takes traces, over HTTP and as JSON, with its path. May hold a user and a password. Traces name " +
        "executions, times, outcomes and error codes; no input, no output and no key.",
      expected: "an http or https URL such as http://127.0.0.1:4318/v1/traces",
      schema: rpcUrlSchema
        .refine((url) => URL.canParse(url) && isReadable(new URL(url)), "an http or https URL")
        .nullable(),
      default: null,
      defaultText: "none: no traces",
      secret: true,
    }),
  }),

  log: section("The log.", {
    level: field({
      meaning: "What to log: this level and those above it.",
      expected: '"trace", "debug", "info", "warn", "error", "fatal" or "silent"',
      schema: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
      default: "info",
    }),
  }),
};
