import { runPleiad } from "../../fixtures/pleiad.ts";
import { configFile } from "../operatorFolder.ts";
import type { Fault } from "./fault.ts";

/** A second daemon is started in the folder of one that works: it has to refuse, and the first has to notice nothing. */
export const twin: Fault = {
  name: "twin",
  row: "same key started twice",
  weight: 2,
  lastsMs: [0, 0],
  perRoundMax: 1,
  async begin(world, { operator }) {
    const { daemon } = operator;
    const pid = daemon.pid();
    if (daemon.client() === undefined) return () => undefined;
    const { exitCode, stdout, stderr } = await runPleiad([
      "node",
      "start",
      "--config",
      configFile(daemon.folder),
    ]);
    // The first may have been killed meanwhile by another fault; then the second was right to start.
    if (daemon.pid() === pid && !stdout.includes("STORE_LOCKED")) {
      world.report(
        `a second daemon of node ${operator.node} ended with ${exitCode}: ${stdout}${stderr}`.slice(0, 500),
      );
    }
    world.count("second daemons refused");
    return () => undefined;
  },
};
