import { listJobs } from "@pleiad/sdk/workspace/listJobs";
import { Option } from "commander";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { printableLine } from "../text/printable.ts";
import { addWorkspaceOptions, type WorkspaceOptions, workspaceOf } from "../workspaceAccess.ts";

interface Options extends WorkspaceOptions {
  readonly state?: "queued" | "running" | "done" | "failed";
}

/** `pleiad workspace jobs`: what agents handed to one another. */
export const define: DefineCommand = (command, around) => {
  command.addOption(
    new Option("--state <state>", "only these").choices(["queued", "running", "done", "failed"]),
  );
  addWorkspaceOptions(command);
  addExamples(command, [
    ["pleiad workspace jobs", "who handed what to whom, and how it stands"],
    ["pleiad workspace jobs --state running --json", "for a program"],
  ]);
  setAction<Options>(command, around, async ({ options, output }) => {
    const { state } = options;
    const { jobs } = await listJobs(await workspaceOf(options, around), state === undefined ? {} : { state });
    output.json({ jobs });
    if (jobs.length === 0) {
      output.line("no jobs");
      return 0;
    }
    output.table(
      [{ header: "state" }, { header: "from" }, { header: "to" }, { header: "thread" }, { header: "prompt" }],
      jobs.map(({ state: stands, spawner, worker, thread, prompt }) => [
        stands,
        printableLine(spawner.name),
        printableLine(worker.name),
        printableLine(thread),
        printableLine(prompt).slice(0, 80),
      ]),
    );
    return 0;
  });
};
