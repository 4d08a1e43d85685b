import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setAside } from "../../../node/src/store/setAside.ts";
import { until } from "../../fixtures/until.ts";
import { configFile } from "../operatorFolder.ts";
import type { SimOperator } from "../operators.ts";
import { controlFolder, createSupervisor } from "../supervisor.ts";
import type { World } from "../world.ts";
import type { Fault } from "./fault.ts";

const START_MS_MAX = 60_000;
const RUNS = 8;
const CODE = "NONCE_FOREIGN";
/** All that an operator takes along who sets a second machine up. */
let twins = 0;
const FILES = ["pleiad.yaml", "keystore.json", "password", "deployment.json"];

/**
 * The key of a daemon is used by a second one, in a folder of its own: whoever sees a nonce that it did not use has to
 * stop. Then the operator notices the mistake, ends the second, and lets the first begin anew from the chain.
 */
export const twinKey: Fault = {
  name: "twinKey",
  row: "same key started twice",
  weight: 1,
  lastsMs: [15_000, 20_000],
  perRoundMax: 1,
  async begin(world, { operator }) {
    // What two folders sign nobody can keep from being two things: only what one folder signs is promised.
    world.audit.excuse(operator.node);
    const twin = createSupervisor({ index: operator.index, folder: makeTwinFolder(operator) });
    const before = operator.daemon.ends.length;
    twin.release();
    world.count("keys started twice");
    await until(
      "the second daemon of a key is ready",
      () => twin.client() !== undefined || twin.ends.length > 0,
      {
        timeoutMs: START_MS_MAX,
      },
    );
    // Enough for both to have something to send.
    for (let number = 0; number < RUNS; number++) await world.workload.request(`for two of a key ${number}`);
    return async () => {
      await twin.stop();
      const ended = operator.daemon.ends.slice(before);
      for (const { code } of [...ended, ...twin.ends]) world.count(`${code} of a key started twice`);
      for (const { code } of twin.ends) {
        if (code !== CODE)
          world.report(`the second daemon of the key of node ${operator.node} ended with ${code}`);
      }
      expectEnds(world, ended.length);
      await operator.daemon.hold();
      await setAside(operator.daemon.folder);
      operator.daemon.release();
    };
  },
};

function expectEnds(world: World, count: number): void {
  world.expectedEnds.set(CODE, (world.expectedEnds.get(CODE) ?? 0) + count);
}

function makeTwinFolder({ daemon }: SimOperator): string {
  twins += 1;
  const folder = `${daemon.folder}-twin-${twins}`;
  mkdirSync(folder, { mode: 0o700 });
  mkdirSync(controlFolder(folder), { mode: 0o700 });
  for (const name of FILES.filter((file) => existsSync(join(daemon.folder, file)))) {
    copyFileSync(join(daemon.folder, name), join(folder, name));
  }
  const config = readFileSync(configFile(folder), "utf8");
  writeFileSync(configFile(folder), config.replace(/listenPort: \d+/, "listenPort: 0"));
  return folder;
}
