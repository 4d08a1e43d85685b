import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCompletions } from "@pleiad/sdk/actions/getCompletions";
import { readDocument } from "../../local/documentFile.ts";
import { holdAll, type Killed, killRunning } from "../../local/killOne.ts";
import { layoutOf } from "../../local/layout.ts";
import { type LocalNetwork, startLocalNetwork } from "../../local/localNetwork.ts";
import { clientFor } from "../../local/registry.ts";
import { type RunResult, runDocument } from "../../local/runDocument.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import {
  addLocalOptions,
  documentPath,
  type LocalOptions,
  serviceChoice,
  windowSecondsOf,
} from "./localOptions.ts";
import { printRun, runJson } from "./runReport.ts";

/** Nobody should wonder whether it still works. Milliseconds. */
const SILENCE_MS = 2_500;
/** A daemon that were to submit something twice would do so as soon as it has looked at its journal. Milliseconds. */
const AFTER_RESTART_MS = 3_000;

interface Options extends LocalOptions {
  readonly killOne?: boolean;
}

/** `pleiad demo`: a local network in a temporary folder, one run, and nothing left. */
export const define: DefineCommand = (command, around) => {
  addLocalOptions(command).option(
    "--kill-one",
    "kill a daemon (SIGKILL) while its journal says that its job runs",
  );
  addExamples(command, [
    ["pleiad demo", "runs the sample document and leaves nothing behind"],
    ["pleiad demo --json", "prints one JSON object as its last line"],
    ["pleiad demo --kill-one", "shows how another node steps in for a dead one"],
  ]);
  setAction<Options>(command, around, async ({ options, output }) => {
    const document = await readDocument(documentPath(options, around.cwd));
    const folder = mkdtempSync(join(tmpdir(), "pleiad-demo-"));
    const layout = layoutOf(folder);
    const stopped = around.stopSignal();
    const progress = output.progress({ silenceMs: SILENCE_MS });
    const say = (text: string) => progress.say(text);
    let network: LocalNetwork | undefined;
    try {
      const serviceOf = serviceChoice(options, options.killOne === true ? layout : undefined);
      const windowSeconds = windowSecondsOf(options);
      const common = {
        folder,
        chainPort: 0,
        windowSeconds,
        serviceOf,
        networkEnabled: options.network,
        say,
        signal: stopped,
      };
      network = await startLocalNetwork(common);
      const killing = options.killOne === true ? new Killing(network, say) : undefined;
      if (killing !== undefined) holdAll(layout);
      const running = runDocument(network.target, document, {
        say,
        signal: stopped,
        ...(killing === undefined ? {} : { onExecution: (execution) => killing.kill(execution) }),
      });
      const result = await Promise.race([running, network.broken]);
      const killed = await killing?.report(result);
      progress.end();
      printRun(output, result);
      if (killed !== undefined) output.prose(killed.story);
      output.json({ ...runJson(result), ...(killed === undefined ? {} : killed.json) });
      return result.verified ? 0 : 1;
    } finally {
      progress.end();
      await network?.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
};

/** The part of the demo that kills a daemon and looks after what becomes of it. */
class Killing {
  readonly #network: LocalNetwork;
  readonly #say: (text: string) => void;
  #killed: Killed | undefined;

  constructor(network: LocalNetwork, say: (text: string) => void) {
    this.#network = network;
    this.#say = say;
  }

  async kill(execution: bigint): Promise<void> {
    this.#say("holding the input of the first job open until its daemon is killed");
    this.#killed = await killRunning(this.#network, execution);
    const { operator, node, task } = this.#killed;
    this.#say(
      `killed ${operator} (node ${node}) while its journal said that task ${task} runs; waiting for a step-in`,
    );
  }

  /** Starts the killed daemon again and looks whether it answers anything a second time. */
  async report(result: RunResult) {
    const killed = this.#killed;
    if (killed === undefined) throw new Error("the run ended before a daemon was killed");
    this.#say(`starting ${killed.operator} again`);
    await this.#network.restart(killed.operator);
    await new Promise((resolve) => setTimeout(resolve, AFTER_RESTART_MS));
    const { registry, accounts, rpcUrl } = this.#network.target;
    const client = clientFor(rpcUrl, accounts.requester);
    const key = accounts.nodeKey(killed.operator).address;
    const after = await getCompletions(client, {
      deployment: registry.deployment,
      execution: result.executionId,
    });
    const transactions = await client.getTransactionCount({ address: key, blockTag: "pending" });
    const stepped = result.tasks[killed.task];
    const steppedIn = { node: Number(stepped?.node), task: killed.task, rank: stepped?.rank ?? 0 };
    const resubmitted = after.length - result.tasks.length;
    return {
      json: {
        killed: { ...killed, node: Number(killed.node) },
        steppedIn,
        restarted: { operator: killed.operator, transactions, completionsTwice: resubmitted },
      },
      story:
        `Node ${killed.node} (${killed.operator}) was killed while task ${stepped?.name} ran; node ${steppedIn.node} ` +
        `stepped in from place ${steppedIn.rank} of the rotation. Started again, node ${killed.node} ` +
        (resubmitted === 0 ? "submitted nothing twice." : `SUBMITTED ${resubmitted} COMPLETIONS TWICE.`),
    };
  }
}
