import { join, resolve } from "node:path";
import { makeFolder } from "../../config/files.ts";
import { CONFIG_FILE } from "../../config/parse.ts";
import { LOCAL_CHAIN_ID } from "../../config/table.ts";
import { shownPath } from "../context.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { refuseExisting, writeNewFile } from "../outputFile.ts";
import { clusterYaml } from "../templates/clusterYaml.ts";
import { configYaml } from "../templates/configYaml.ts";

/** `pleiad init [FOLDER]`: a configuration and an example cluster to start from. */
export const define: DefineCommand = (command, around) => {
  command.argument("[folder]", "where to write them; made when it is not there", ".");
  addExamples(command, [
    ["pleiad init", "writes pleiad.yaml and cluster.yaml into this folder"],
    ["pleiad init my-cluster", "into another one"],
  ]);
  setAction(command, around, async ({ output }, name = ".") => {
    const folder = resolve(around.cwd, name);
    const files = [
      [
        join(folder, CONFIG_FILE),
        configYaml({}, LOCAL_CHAIN_ID),
        "every key of a node's configuration, with its default",
      ],
      [join(folder, "cluster.yaml"), clusterYaml(folder), "a cluster of three agents and three tasks"],
    ] as const;
    // Both or neither.
    for (const [path] of files) refuseExisting(path);
    await makeFolder(folder);
    for (const [path, text] of files) await writeNewFile(path, text);
    output.json({ folder, files: files.map(([path]) => path) });
    output.facts(files.map(([path, , what]) => [shownPath(path, around.cwd), what] as const));
    output.line();
    output.line("Next:");
    const applied = `pleiad cluster apply ${shownPath(files[1][0], around.cwd)} --dry-run`;
    output.line(`  ${applied}  see what it would do`);
    output.line(`  ${"pleiad doctor".padEnd(applied.length)}  see what is missing`);
    return 0;
  });
};
