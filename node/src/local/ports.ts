import { createServer } from "node:net";
import { PleiadError } from "@pleiad/sdk/errors";

const PORT_TRIES_MAX = 50;

/**
 * The wished port on 127.0.0.1 or the next free one; for 0 any free one.
 *
 * @throws PleiadError PORTS_BUSY
 */
export async function freePort(wished: number): Promise<number> {
  if (wished === 0) return (await tryPort(0)) as number;
  for (let port = wished; port < wished + PORT_TRIES_MAX; port++) {
    if ((await tryPort(port)) !== undefined) return port;
  }
  throw new PleiadError(`ports ${wished} to ${wished + PORT_TRIES_MAX - 1} are taken`, {
    code: "PORTS_BUSY",
    hint: "end what listens there, or name another port with --port",
    details: { wished },
  });
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(undefined));
    probe.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      const { port: taken } = probe.address() as { port: number };
      probe.close(() => resolve(taken));
    });
  });
}
