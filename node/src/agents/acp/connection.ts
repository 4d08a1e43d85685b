import type { Readable, Writable } from "node:stream";
import type { ClientContext, RequestPermissionResponse } from "@agentclientprotocol/sdk";
import { type PermissionMessage, readPermission } from "./permissions.ts";
import { createWire, type Wire, type WireEvents } from "./wire.ts";

/** The protocol's library; loaded with the first session, since it takes as much memory as a small daemon. */
const loadLibrary = () => import("@agentclientprotocol/sdk");

/** What an agent's program refused, in the protocol's own words. */
export interface Refusal {
  /** JSON-RPC's number, or the protocol's. */
  readonly code: number;
  readonly message: string;
}

/** The protocol's number for a login that is missing. */
export const AUTH_REQUIRED = -32_000;

/** A connection to one agent's program. */
export interface Connection {
  /** For requests and notifications to the agent. A request is rejected once the connection is closed. */
  readonly agent: ClientContext;
  readonly wire: Wire;
  /** Aborted once the connection is closed. */
  readonly signal: AbortSignal;
  /** Says nothing more, and rejects what waits for an answer. */
  close(): void;
  /** What the agent refused, if an error says that; undefined for any other error. */
  refusalOf(error: unknown): Refusal | undefined;
}

/**
 * Connects to a program that speaks the protocol over its standard input and output. It is offered no files and no terminals:
 * an agent reaches those as a process of its own, inside its sandbox, and not by the daemon's hand. A request for them, as any other
 * that is not for leave, is answered with an error.
 */
export async function connectAgent(
  program: { stdin: Writable; stdout: Readable },
  events: WireEvents & {
    onPermission(message: PermissionMessage, signal: AbortSignal): Promise<RequestPermissionResponse>;
  },
): Promise<Connection> {
  const { client, RequestError } = await loadLibrary();
  const wire = createWire(program, events);
  // The library's own reader makes an error for each entry of a list: a hostile one has millions.
  const read = (params: unknown): PermissionMessage => {
    const message = readPermission(params);
    if (message === undefined) throw RequestError.invalidParams();
    return message;
  };
  const connection = client({ name: "pleiad" })
    .onRequest("session/request_permission", read, ({ params, signal }) =>
      events.onPermission(params, signal),
    )
    .connect(wire.stream);
  return {
    agent: connection.agent,
    wire,
    signal: connection.signal,
    close: () => connection.close(),
    refusalOf: (error) =>
      error instanceof RequestError ? { code: error.code, message: error.message } : undefined,
  };
}
