import { dirname, join, resolve } from "node:path";
import { CONFIG_FILE } from "../../config/parse.ts";
import { LOCAL_CHAIN_ID } from "../../config/schemas.ts";
import { layoutOf } from "../../local/layout.ts";
import { isHeld } from "../../local/upLock.ts";
import { shownPath } from "../context.ts";
import { type DataFolder, findDataFolder, readDataFolder } from "../dataFolder.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import type { Output } from "../output.ts";
import { makeOutputFolder, refuseExisting, writeNewFile } from "../outputFile.ts";
import type { Surroundings } from "../surroundings.ts";
import { clusterYaml } from "../templates/clusterYaml.ts";
import { configYaml } from "../templates/configYaml.ts";
import { programTyped, shellWord } from "../typed.ts";

/** `pleiad init [FOLDER]`: a configuration and an example cluster to start from. */
export const define: DefineCommand = (command, around) => {
  command.argument("[folder]", "where to write them; made when it is not there", ".");
  addExamples(command, [
    ["pleiad init", "writes pleiad.yaml and cluster.yaml into this folder"],
    ["pleiad init my-cluster", "into another one"],
  ]);
  setAction(command, around, async ({ output }, name = ".") => {
    const folder = resolve(around.cwd, name);
    const found = findDataFolder(undefined, around);
    const data = found === undefined ? undefined : readDataFolder(found);
    const files = [
      [join(folder, CONFIG_FILE), configOf(data), "every key of a node's configuration, with its default"],
      [join(folder, "cluster.yaml"), clusterYaml(folder), "a cluster of three agents and three tasks"],
    ] as const;
    // Both or neither.
    for (const [path] of files) refuseExisting(path);
    await makeOutputFolder(folder);
    for (const [path, text] of files) await writeNewFile(path, text);
    const next = nextSteps(files[1][0], data, around);
    output.json({ folder, files: files.map(([path]) => path), next: next.map(([line]) => line) });
    output.facts(files.map(([path, , what]) => [shownPath(path, around.cwd), what] as const));
    output.line();
    printNext(next, output);
    return 0;
  });
};

/** The configuration, with the chain of the data folder where there is one. */
function configOf(data: DataFolder | undefined): string {
  if (data === undefined) return configYaml({}, LOCAL_CHAIN_ID);
  const { rpcUrl, chainId, deploymentFile } = data;
  const values = {
    "chain.rpcUrls": [rpcUrl],
    "chain.chainId": chainId,
    "chain.contracts": deploymentFile,
  };
  return configYaml(values, chainId);
}

type NextStep = readonly [line: string, meaning: string];

/** What to type next, each as it stands and in this order. */
function nextSteps(
  clusterFile: string,
  data: DataFolder | undefined,
  { env, cwd }: Surroundings,
): NextStep[] {
  const pleiad = programTyped(env);
  const isHere = dirname(clusterFile) === resolve(cwd);
  const file = shellWord(shownPath(clusterFile, cwd));
  const isUp = data !== undefined && isHeld(layoutOf(data.folder).lockFile);
  return [
    ...(isUp
      ? []
      : [[`${pleiad} up`, "bring up a chain and three operators, and leave that terminal open"] as const]),
    [`${pleiad} cluster apply ${file} --dry-run`, "see what it would do"],
    [`${pleiad} cluster apply ${file}`, "do it, once you have said yes"],
    [
      `${pleiad} doctor${isHere ? "" : ` ${shellWord(shownPath(dirname(clusterFile), cwd))}`}`,
      "see what is missing",
    ],
  ];
}

function printNext(steps: readonly NextStep[], output: Output): void {
  const width = Math.max(...steps.map(([line]) => line.length));
  output.line("Next:");
  for (const [line, meaning] of steps) output.line(`  ${line.padEnd(width)}  ${meaning}`);
}
