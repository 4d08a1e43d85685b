import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { FolderError } from "../../../../node/src/agents/folders/errors.ts";
import { createProjectFolders } from "../../../../node/src/agents/folders/folders.ts";

/** A daemon that works on folders until somebody kills it: `node crashChild.ts DATA PROJECT`. */
const [, , data = "", project = ""] = process.argv;
const folders = createProjectFolders(
  { folder: data, ports: { first: 42_000, last: 42_099, perFolder: 5 }, envFiles: [{ path: ".env" }] },
  { environment: process.env, logger: pino({ level: "silent" }), isPortFree: async () => true },
);
const report = await folders.open();
const bad = report.unusable.map(({ agent, error }) => `${agent}: ${error.message}`);
process.send?.({ opened: true, bad, report, held: folders.list().map(({ agent }) => agent) });

async function work(agent: string): Promise<void> {
  for (let round = 0; ; round += 1) {
    const known = folders.list().find((one) => one.agent === agent);
    const { path } = known ?? (await folders.create({ agent, project, includeUncommitted: round % 2 === 0 }));
    for (let step = 0; step < 3; step += 1) {
      writeFileSync(join(path, `file-${step}`), `${agent} ${round} ${step} ${Math.random()}\n`);
      rmSync(join(path, "README"), { force: true });
      await folders.checkpoint(agent, `step ${step}`);
    }
    const first = (await folders.listCheckpoints(agent))[0]?.number ?? 0;
    await folders.rollback(agent, first);
    await folders.merge({ agent, target: "target" });
    await folders.remove(agent, { forget: round % 2 === 0 });
  }
}

try {
  await Promise.all(["alice", "bob"].map(work));
} catch (error) {
  if (!(error instanceof FolderError)) throw error;
  process.send?.({ failed: `${error.code}: ${error.message}` });
}
