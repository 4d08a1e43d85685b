import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { type LocalChain, startChain } from "../fixtures/chain.ts";
import { startDaemonProcess } from "../fixtures/daemonProcess.ts";
import {
  programService,
  registerOperator,
  type TestOperator,
  writeOperatorFolder,
} from "../fixtures/operator.ts";
import { ROOT, runPleiad, temporaryFolder } from "../fixtures/pleiad.ts";

const HOOK = pathToFileURL(join(ROOT, "test", "sim", "hook.mjs")).href;
/** Another start may help: what a service manager starts again after. */
const EXIT_RETRYABLE = 75;

describe("a start on a full disk", function () {
  this.timeout(60_000);
  let chain: LocalChain;
  let operator: TestOperator;

  before(async () => {
    chain = await startChain();
    operator = await registerOperator(chain, ["first"]);
  });
  after(() => chain.stop());

  for (const history of ["the first one", "one after others"]) {
    it(`that is ${history} says so, is no bug of ours, and is worth another try`, async () => {
      await using folder = temporaryFolder();
      const data = join(folder.path, "data");
      const control = join(folder.path, "control");
      const config = await writeOperatorFolder(data, operator, { first: programService("answer") });
      if (history === "one after others") await (await startDaemonProcess(data)).stop();
      mkdirSync(control);
      writeFileSync(join(control, "full"), "");
      const env = { NODE_OPTIONS: `--import=${HOOK}`, PLEIAD_SIM_FOLDER: control };
      const end = await runPleiad(["node", "start", "--config", config], { env });
      expect(end.exitCode, end.stdout + end.stderr).to.equal(EXIT_RETRYABLE);
      expect(end.stdout).to.contain("STORE_FULL");
      expect(end.stdout + end.stderr).not.to.contain("bug");

      rmSync(join(control, "full"));
      await using daemon = await startDaemonProcess(data);
      expect((await daemon.ask("/health")).status).to.equal(200);
    });
  }
});
