import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP connection between two peers that can be cut. */
export interface PeerPipe {
  readonly port: number;
  /** Cuts what is open, and refuses what comes until `join`. */
  cut(): void;
  join(): void;
  stop(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1 and passes on, byte for byte, what comes. */
export async function startPeerPipe(targetPort: number): Promise<PeerPipe> {
  const open = new Set<Socket>();
  let cuts = 0;
  const keep = (socket: Socket, other: Socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      open.delete(socket);
      other.destroy();
    });
  };
  const server = createServer((incoming) => {
    if (cuts > 0) {
      incoming.destroy();
      return;
    }
    const outgoing = connect(targetPort, "127.0.0.1");
    keep(incoming, outgoing);
    keep(outgoing, incoming);
    incoming.pipe(outgoing).pipe(incoming);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cutAll = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      cuts += 1;
      cutAll();
    },
    join() {
      cuts -= 1;
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      cutAll();
      await closed;
    },
  };
}
