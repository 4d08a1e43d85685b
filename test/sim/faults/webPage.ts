import type { Fault } from "./fault.ts";

const ROUTES = ["/status", "/jobs", "/metrics", "/executions/1", "/health"];

/** A page in the operator's browser calls the API, with the token and all. */
export const webPage: Fault = {
  name: "webPage",
  row: "local web page calls the API",
  weight: 1,
  lastsMs: [0, 0],
  async begin(world, { operator, rng }) {
    const { daemon } = operator;
    const client = daemon.client();
    const pid = daemon.pid();
    if (client === undefined) return () => undefined;
    const headers = { origin: "https://page.example", authorization: `Bearer ${client.apiToken}` };
    const route = rng.pick(ROUTES);
    try {
      const { status } = await fetch(new URL(route, client.apiUrl), { headers });
      if (status !== 403) world.report(`a web page got ${status} from ${route} of node ${operator.node}`);
      world.count("web pages refused");
    } catch (error) {
      // Killed at this very moment by another fault.
      if (daemon.pid() === pid) throw error;
    }
    return () => undefined;
  },
};
