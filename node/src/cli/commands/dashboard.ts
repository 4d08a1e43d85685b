import { Option } from "commander";
import { PAGE_HOURS_DEFAULT, pageAddress } from "../../local/dashboard/address.ts";
import type { GivenRole } from "../../workspace/tokens/tokenStore.ts";
import { cliError } from "../cliError.ts";
import { daemonAccess } from "../dataFolder.ts";
import { addExamples, type DefineCommand, parseCountOption, setAction } from "../define.ts";
import { addDaemonOptions, type DaemonOptions, nodeFolderOf } from "../workspaceAccess.ts";

interface Options extends DaemonOptions {
  readonly role: GivenRole;
  readonly hours: bigint;
}

/** A year: what lasts longer is forgotten. */
const HOURS_MAX = 8_760n;

/** `pleiad dashboard`: the page's address, with a token that is made for it and expires. */
export const define: DefineCommand = (command, around) => {
  command.addOption(
    new Option("--role <role>", "what the page may do: look, or send, write and approve too")
      .choices(["view", "act"])
      .default("act"),
  );
  command.option(
    "--hours <count>",
    "how long the token counts",
    parseCountOption,
    BigInt(PAGE_HOURS_DEFAULT),
  );
  addDaemonOptions(command);
  addExamples(command, [
    ["pleiad dashboard", "an address to open in a browser on this machine"],
    ["pleiad dashboard --role view --hours 8", "for somebody who is to look on, and change nothing"],
    ["pleiad workspace token list", "the tokens that were given; workspace token revoke takes one back"],
  ]);
  setAction<Options>(command, around, async ({ options, output }) => {
    const { role, hours } = options;
    if (hours > HOURS_MAX) throw cliError("USAGE_INVALID", `--hours is at most ${HOURS_MAX}, a year`);
    const folder = nodeFolderOf(options, around);
    // The token is the page's own: the operator's is not even read.
    const access = daemonAccess(folder, "");
    if (access === undefined)
      throw cliError("DAEMON_SILENT", `the daemon of ${folder} does not run`, { details: { folder } });
    const url = await pageAddress({ folder, apiUrl: access.apiUrl, role, hours: Number(hours) });
    output.json(url);
    output.raw(`${url.address}\n`);
    output.note(
      `the address holds a token that may ${role === "view" ? "look" : "look and act"} until ${new Date(url.expiresAtMs).toISOString()}; token ${url.id} is taken back by: pleiad workspace token revoke ${url.id}`,
    );
    return 0;
  });
};
