import { resolve } from "node:path";
import { readBackup } from "../../store/backup.ts";
import type { BackupManifest } from "../../store/backupFormat.ts";
import { type StoreReport, verifyBackup, verifyStore } from "../../store/verify.ts";
import { shownPath } from "../context.ts";
import { daemonOf } from "../dataFolder.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { manifestFacts, openNodeFolder } from "../nodeStore.ts";
import type { Output } from "../output.ts";
import type { Surroundings } from "../surroundings.ts";
import { printableLine } from "../text/printable.ts";

interface Options {
  readonly backup?: string;
}

interface Verified extends StoreReport {
  /** What was looked at, for a person. */
  readonly what: string;
  readonly manifest?: BackupManifest | undefined;
}

/** `pleiad node verify [FOLDER]`: reads everything, changes nothing. Exit code 1 where something is wrong. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("[folder]", "the node's data folder (default: this one)")
    .option("--backup <file>", "check a backup instead");
  addExamples(command, [
    ["pleiad node verify", "the node of this folder; where it runs, its daemon is asked"],
    ["pleiad node verify --backup node-3.backup", "a backup, before it is needed"],
    ["pleiad node verify /srv/pleiad --json", "for a program: exit code 0 where nothing is wrong, else 1"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, name) => {
    const progress = output.progress();
    progress.say("reading everything once");
    const verified = await look(options, name, around).finally(() => progress.end());
    const { isSound, checks, manifest } = verified;
    output.json({ ok: isSound, checks, manifest: manifest ?? null });
    print(verified, output);
    return isSound ? 0 : 1;
  });
};

async function look({ backup }: Options, name: string | undefined, around: Surroundings): Promise<Verified> {
  if (backup !== undefined) {
    const path = resolve(around.cwd, backup);
    return { what: `the backup ${shownPath(path, around.cwd)}`, ...(await verifyBackup(readBackup(path))) };
  }
  const { dataFolder } = await openNodeFolder(name, around);
  const place = shownPath(dataFolder, around.cwd);
  const daemon = daemonOf(dataFolder);
  if (daemon === undefined) return { what: `the data folder ${place}`, ...(await verifyStore(dataFolder)) };
  return {
    what: `what the daemon of ${place} keeps (the files beside its database are checked while it does not run)`,
    ...(await verifyBackup(daemon.backup())),
  };
}

function print({ what, checks, isSound, manifest }: Verified, output: Output): void {
  const { style } = output;
  const shown = { ok: style.good("ok"), note: style.warning("note"), wrong: style.bad("wrong") };
  output.table(
    [{ header: "what" }, { header: "state" }, { header: "found", narrow: "wrap" }],
    checks.map(({ name, outcome, text, hint }) => [
      name,
      shown[outcome],
      printableLine(hint === undefined ? text : `${text}. To do: ${hint}`),
    ]),
  );
  output.line();
  if (manifest !== undefined) output.facts(manifestFacts(manifest));
  output.prose(isSound ? `Nothing is wrong with ${what}.` : `Something is wrong with ${what}.`);
}
