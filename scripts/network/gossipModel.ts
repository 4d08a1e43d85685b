import {
  DONT_SEND_BYTES_MIN,
  GOSSIP_HEARTBEAT_MS,
  GOSSIP_PART_DEFAULT,
  GOSSIP_PEERS_MIN,
  MESH_PEERS_DEFAULT,
  MESH_PEERS_MAX,
} from "../../node/src/network/limits.ts";
import { createRandom } from "./random.ts";

/** A simulation: nodes and messages are numbers, time is counted, nothing is sent. */
export interface ModelOptions {
  readonly seed: number;
  readonly nodes: number;
  /** Connections of each node, on average. */
  readonly connections: number;
  readonly messages: number;
  /** Of all nodes together. */
  readonly messagesPerSecond: number;
  readonly messageBytes: number;
  /** One way, between two nodes: drawn for each pair, uniformly. */
  readonly latencyMs: readonly [number, number];
  /** Work of a node for a message, one after the other: measured. */
  readonly hopMs: number;
}

export interface ModelFigures {
  readonly delivered: number;
  readonly expected: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly latestMs: number;
  readonly hopsMost: number;
  /** For each message that is said, on average over the nodes: copies of it, and frames that speak of it. */
  readonly copiesPerNode: number;
  readonly controlFramesPerNode: number;
  readonly bytesPerNode: number;
}

/** What goes around a message, and around its id, in a frame: envelope, topic and protobuf. */
const FRAME_BYTES = 97 + 80 + 10;
const ID_BYTES = 20;
const CONTROL_BYTES = ID_BYTES + 12;
/** Heartbeats during which a message is named to others (gossipsub's `mcacheGossip`). */
const GOSSIP_WINDOWS = 3;

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * Messages through a mesh as gossipsub makes it. Who says one sends it to all it is connected to; who hears one first works on
 * it, tells its mesh not to send it too where it is large, and sends it on to its mesh, but not to those it came from or who do
 * not want it. At each heartbeat it names what it has to some others, who ask for what they lack. Connections are drawn by lot,
 * all stay, and nothing is lost.
 */
export function simulateGossip(options: ModelOptions): ModelFigures {
  const random = createRandom(options.seed);
  const neighbours = drawGraph(options.nodes, options.connections / 2, random);
  const mesh = drawMesh(neighbours, random);
  const latency = new Map<number, number>();
  const queue = createQueue();
  const seenMs: Map<number, number>[] = neighbours.map(() => new Map());
  const arrived: Set<number>[] = neighbours.map(() => new Set());
  const unwanted: Set<number>[] = neighbours.map(() => new Set());
  const busyUntilMs = new Array<number>(options.nodes).fill(0);
  const delays: number[] = [];
  let [copies, controls, bytes, hopsMost] = [0, 0, 0, 0];

  function latencyOf(a: number, b: number): number {
    const key = Math.min(a, b) * options.nodes + Math.max(a, b);
    const [least, most] = options.latencyMs;
    const known = latency.get(key) ?? least + random() * (most - least);
    latency.set(key, known);
    return known;
  }
  const wish = (peer: number, message: number) => peer * options.messages + message;

  function sendControl(from: number, to: number, run: () => void): void {
    controls++;
    bytes += CONTROL_BYTES;
    queue.after(latencyOf(from, to), run);
  }

  function send(from: number, to: number, message: number, hops: number): void {
    copies++;
    bytes += FRAME_BYTES + options.messageBytes;
    queue.after(latencyOf(from, to), () => arrive(to, from, message, hops));
  }

  function arrive(node: number, from: number, message: number, hops: number): void {
    if (arrived[node]?.has(message) === true) return;
    arrived[node]?.add(message);
    if (options.messageBytes >= DONT_SEND_BYTES_MIN) {
      for (const peer of mesh[node] ?? []) {
        if (peer !== from) sendControl(node, peer, () => unwanted[peer]?.add(wish(node, message)));
      }
    }
    const startMs = Math.max(queue.nowMs(), busyUntilMs[node] ?? 0);
    busyUntilMs[node] = startMs + options.hopMs;
    queue.at(startMs + options.hopMs, () => deliver(node, from, message, hops));
  }

  function deliver(node: number, from: number | undefined, message: number, hops: number): void {
    seenMs[node]?.set(message, queue.nowMs());
    if (from !== undefined) delays.push(queue.nowMs() - (saidMs[message] ?? 0));
    hopsMost = Math.max(hopsMost, hops);
    for (const peer of (from === undefined ? neighbours : mesh)[node] ?? []) {
      if (peer !== from && unwanted[node]?.has(wish(peer, message)) !== true)
        send(node, peer, message, hops + 1);
    }
  }

  function heartbeat(node: number): void {
    const sinceMs = queue.nowMs() - GOSSIP_WINDOWS * GOSSIP_HEARTBEAT_MS;
    const recent = [...(seenMs[node] ?? [])]
      .filter(([, atMs]) => atMs >= sinceMs)
      .map(([message]) => message);
    if (recent.length === 0) return;
    const others = (neighbours[node] ?? []).filter((peer) => mesh[node]?.includes(peer) !== true);
    const count = Math.max(GOSSIP_PEERS_MIN, Math.floor(GOSSIP_PART_DEFAULT * others.length));
    for (const peer of shuffle(others, random).slice(0, count)) {
      bytes += ID_BYTES * (recent.length - 1);
      sendControl(node, peer, () => {
        for (const message of recent) {
          if (arrived[peer]?.has(message) === true) continue;
          sendControl(peer, node, () => send(node, peer, message, 1));
        }
      });
    }
  }

  const everyMs = 1_000 / options.messagesPerSecond;
  const saidMs = Array.from({ length: options.messages }, (_, index) => index * everyMs);
  for (const [message, atMs] of saidMs.entries()) {
    const author = Math.floor(random() * options.nodes);
    queue.at(atMs, () => {
      arrived[author]?.add(message);
      deliver(author, undefined, message, 0);
    });
  }
  const endMs = options.messages * everyMs + GOSSIP_WINDOWS * GOSSIP_HEARTBEAT_MS;
  for (let node = 0; node < options.nodes; node++) {
    for (let atMs = random() * GOSSIP_HEARTBEAT_MS; atMs < endMs; atMs += GOSSIP_HEARTBEAT_MS)
      queue.at(atMs, () => heartbeat(node));
  }
  queue.run();

  delays.sort((a, b) => a - b);
  const at = (part: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * part))] ?? 0;
  const each = (total: number) => total / options.messages / options.nodes;
  return {
    delivered: delays.length,
    expected: options.messages * (options.nodes - 1),
    medianMs: at(0.5),
    p99Ms: at(0.99),
    latestMs: at(1),
    hopsMost,
    copiesPerNode: each(copies),
    controlFramesPerNode: each(controls),
    bytesPerNode: each(bytes),
  };
}

/** Each node dials so many others: a graph in one piece, as the first dial goes to one that was there before. */
function drawGraph(nodes: number, dials: number, random: () => number): number[][] {
  const linked = Array.from({ length: nodes }, () => new Set<number>());
  const link = (a: number, b: number) => {
    linked[a]?.add(b);
    linked[b]?.add(a);
  };
  for (let node = 1; node < nodes; node++) {
    link(node, Math.floor(random() * node));
    while ((linked[node]?.size ?? 0) < Math.min(dials, node)) link(node, Math.floor(random() * node));
  }
  return linked.map((peers) => [...peers]);
}

/** Links of the mesh: each node makes them until it has as many as it should, and takes none above the most. */
function drawMesh(neighbours: readonly number[][], random: () => number): number[][] {
  const mesh = neighbours.map(() => new Set<number>());
  for (const node of shuffle([...neighbours.keys()], random)) {
    for (const peer of shuffle(neighbours[node] ?? [], random)) {
      if ((mesh[node]?.size ?? 0) >= MESH_PEERS_DEFAULT) break;
      if ((mesh[peer]?.size ?? 0) >= MESH_PEERS_MAX) continue;
      mesh[node]?.add(peer);
      mesh[peer]?.add(node);
    }
  }
  return mesh.map((peers) => [...peers]);
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}

/** Runs what is due in the order of its time, then of its making: a binary heap. */
function createQueue() {
  const heap: Event[] = [];
  let [nowMs, made] = [0, 0];
  const isBefore = (a: Event, b: Event) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

  function push(event: Event): void {
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Event;
      if (!isBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  function pop(): Event | undefined {
    const [first] = heap;
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[at] = heap[child] as Event;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  return {
    nowMs: () => nowMs,
    at: (atMs: number, run: () => void) => push({ atMs, order: made++, run }),
    after: (delayMs: number, run: () => void) => push({ atMs: nowMs + delayMs, order: made++, run }),
    run(): void {
      for (let event = pop(); event !== undefined; event = pop()) {
        nowMs = event.atMs;
        event.run();
      }
    },
  };
}
