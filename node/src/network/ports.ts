import { createServer } from "node:net";
import { errnoOf } from "../config/files.ts";
import { networkError } from "./errors.ts";
import { PORT_TRIES_MAX } from "./limits.ts";

/**
 * The wished port, or the next one above it that is free.
 *
 * @param port 0 answers 0: the system chooses
 * @throws PleiadError NETWORK_PORT_BUSY when `PORT_TRIES_MAX` ports in a row are taken; NETWORK_HOST_INVALID when the
 * address is not this machine's
 */
export async function freePort(host: string, port: number): Promise<number> {
  if (port === 0) return 0;
  for (let candidate = port; candidate < port + PORT_TRIES_MAX && candidate <= 65_535; candidate++) {
    if (await isFree(host, candidate)) return candidate;
  }
  throw networkError(
    "NETWORK_PORT_BUSY",
    `port ${port} on ${host} and the ${PORT_TRIES_MAX - 1} above it are taken`,
    {
      hint: "name another port in the configuration, or 0 for any",
      details: { host, port },
    },
  );
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (cause) => {
      const code = errnoOf(cause);
      if (code === "EADDRINUSE" || code === "EACCES") return resolve(false);
      reject(
        networkError("NETWORK_HOST_INVALID", `cannot listen on ${host}: ${cause.message}`, {
          hint: "name an address of this machine in the configuration, such as 127.0.0.1 or 0.0.0.0",
          details: { host, port },
          cause,
        }),
      );
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
