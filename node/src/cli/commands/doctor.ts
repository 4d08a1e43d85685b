import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { CONFIG_FILE } from "../../config/parse.ts";
import { layoutOf } from "../../local/layout.ts";
import { isHeld } from "../../local/upLock.ts";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { readDeployment } from "../context.ts";
import { type DataFolder, findDataFolder, readDataFolder } from "../dataFolder.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { checkChain, type ExpectedChain } from "../doctor/chain.ts";
import { checkFolder, checkSecrets } from "../doctor/files.ts";
import { type Finding, skipped, wrong } from "../doctor/finding.ts";
import { checkMachine } from "../doctor/machine.ts";
import { chainOf, checkNodeFolder } from "../doctor/node.ts";
import { checkOnChain } from "../doctor/onChain.ts";
import { checkProject } from "../doctor/project.ts";
import type { Output } from "../output.ts";
import type { Surroundings } from "../surroundings.ts";
import { counted } from "../text/amounts.ts";
import { printableLine } from "../text/printable.ts";

/** Findings about one thing. */
interface Section {
  readonly title: string;
  readonly findings: readonly Finding[];
}

/** `pleiad doctor [FOLDER]`: what is missing or wrong, in plain words. */
export const define: DefineCommand = (command, around) => {
  command.argument("[folder]", "a node's data folder (default: this one, where it holds a pleiad.yaml)");
  addChainOptions(command);
  addExamples(command, [
    ["pleiad doctor", "this machine, the project, and the node or local network of this folder"],
    ["pleiad doctor /srv/pleiad", "a node's folder"],
    [
      "pleiad doctor --rpc https://rpc.example.org --deployment mine.json",
      "an endpoint and the contracts on it",
    ],
  ]);
  setAction<ChainOptions>(command, around, async ({ options, output }, folder) => {
    const progress = output.progress();
    progress.say("looking");
    const sections: Section[] = [
      { title: "This machine", findings: await checkMachine(around.cwd, around.env) },
    ];
    const project = folder === undefined && options.rpc === undefined ? await checkProject(around) : [];
    if (project.length > 0) sections.push({ title: "The project", findings: project });
    sections.push(...(await checkNamedNode(folder, around)));
    if (options.rpc !== undefined) sections.push(await checkNamedChain(options.rpc, options, around));
    if (folder === undefined && options.rpc === undefined)
      sections.push(...(await checkNetwork(options, around)));
    progress.end();
    const findings = sections.flatMap((section) => section.findings);
    const mistakes = findings.filter(({ outcome }) => outcome === "wrong");
    output.json({ ok: mistakes.length === 0, sections });
    for (const section of sections) printSection(section, output);
    printSummary(findings, output);
    return mistakes.length === 0 ? 0 : 1;
  });
};

async function checkNamedNode(named: string | undefined, around: Surroundings): Promise<Section[]> {
  const folder = resolve(around.cwd, named ?? ".");
  if (named === undefined && !existsSync(join(folder, CONFIG_FILE))) return [];
  const { findings, config } = await checkNodeFolder(folder, false, around.env);
  if (config === undefined) return [{ title: `The node in ${folder}`, findings }];
  const chain = await checkChain(await chainOf(config));
  if (existsSync(config.node.keystore) || config.keys.remoteSignerUrl !== null)
    return [
      { title: `The node in ${folder}`, findings: [...findings, ...chain, ...(await checkOnChain(config))] },
    ];
  // Without a key nothing can run: what its chain lacks is nothing that went wrong.
  const keyless = skipped("node key", "there is none yet; pleiad node init makes a node's folder with one");
  return [
    { title: `The configuration in ${folder}`, findings: [...findings, keyless, ...chain.map(softened)] },
  ];
}

function softened(finding: Finding): Finding {
  return finding.outcome === "wrong" ? { ...finding, outcome: "warning" } : finding;
}

async function checkNamedChain(
  rpcUrl: string,
  options: ChainOptions,
  around: Surroundings,
): Promise<Section> {
  const deployment =
    options.deployment === undefined ? undefined : await deploymentAt(options.deployment, around.cwd);
  const chainId = deployment instanceof PleiadError ? undefined : deployment?.chainId;
  return { title: "The chain", findings: await checkChain({ rpcUrl, chainId, deployment }) };
}

/** The local network of the data folder: its chain, its keys, its three nodes. */
async function checkNetwork(options: ChainOptions, around: Surroundings): Promise<Section[]> {
  const title = "The local network";
  const folder = findDataFolder(options.data, around);
  if (folder === undefined) {
    return [{ title, findings: [skipped("data folder", "there is none yet; pleiad up makes one")] }];
  }
  const layout = layoutOf(folder);
  const findings = [
    checkFolder("data folder", folder),
    ...checkSecrets("key files", [layout.mnemonicFile, layout.requesterKeyFile]),
  ];
  let data: DataFolder | undefined;
  try {
    data = readDataFolder(folder);
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    return [{ title, findings: [...findings, wrong("network.json", error.message, error.hint ?? "")] }];
  }
  if (data === undefined)
    return [{ title, findings: [...findings, skipped("network", "it has never been up")] }];
  if (!isHeld(layout.lockFile)) {
    findings.push(skipped("network", "it is not up; pleiad up starts it"));
    return [{ title, findings }];
  }
  const deployment = await deploymentAt(data.deploymentFile, around.cwd);
  findings.push(...(await checkChain({ rpcUrl: data.rpcUrl, chainId: data.chainId, deployment })));
  const nodes = await Promise.all(
    data.operators.map(async (operator): Promise<Section> => {
      const found = await checkNodeFolder(operator.folder, true, around.env);
      return { title: `Node ${operator.node}, ${operator.name}`, findings: found.findings };
    }),
  );
  return [{ title, findings }, ...nodes];
}

async function deploymentAt(path: string, cwd: string): Promise<ExpectedChain["deployment"]> {
  try {
    return await readDeployment(path, cwd);
  } catch (error) {
    if (error instanceof PleiadError) return error;
    throw error;
  }
}

function printSection({ title, findings }: Section, output: Output): void {
  output.line(output.style.title(printableLine(title)));
  output.table(
    [{ header: "" }, { header: "" }, { header: "", narrow: "wrap" }],
    findings.flatMap((finding) => rowsOf(finding, output)),
  );
  output.line();
}

function rowsOf({ name, outcome, text, hint }: Finding, { style }: Output): string[][] {
  const marks = {
    ok: style.good("ok"),
    warning: style.warning("note"),
    wrong: style.bad("WRONG"),
    skipped: style.quiet("–"),
  };
  const row = [marks[outcome], name, printableLine(text)];
  return hint === undefined ? [row] : [row, ["", "", `→ ${printableLine(hint)}`]];
}

function printSummary(findings: readonly Finding[], output: Output): void {
  const mistakes = findings.filter(({ outcome }) => outcome === "wrong").length;
  const { style } = output;
  if (mistakes === 0) output.line(style.good("Nothing is wrong."));
  else output.line(style.bad(`${counted(mistakes, "thing")} ${mistakes === 1 ? "is" : "are"} wrong.`));
}
