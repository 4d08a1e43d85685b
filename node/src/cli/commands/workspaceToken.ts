import { PleiadError } from "@pleiad/sdk/errors";
import { Argument, Option } from "commander";
import type { TokenCredential } from "../../workspace/tokens/credential.ts";
import { createTokenStore, type GivenRole, type TokenTerms } from "../../workspace/tokens/tokenStore.ts";
import { cliError } from "../cliError.ts";
import { daemonOf } from "../dataFolder.ts";
import { addExamples, addressOf, type DefineCommand, idOf, parseTimeOption, setAction } from "../define.ts";
import { printableLine } from "../text/printable.ts";
import { addDaemonOptions, type DaemonOptions, nodeFolderOf } from "../workspaceAccess.ts";

interface Options extends DaemonOptions {
  readonly agent?: string;
  readonly helper?: string;
  readonly operator?: boolean;
  readonly user?: string;
  readonly cluster?: string;
  readonly label?: string;
  readonly role: GivenRole;
  readonly expires?: bigint;
}

/**
 * `pleiad workspace token create|list|revoke`: who may speak in a node's workspace. The daemon need not run; where it does, it
 * says whether there is somebody of that name.
 */
export const define: DefineCommand = (command, around) => {
  command.addArgument(new Argument("<action>", "what to do").choices(["create", "list", "revoke"]));
  command.argument("[id]", "with revoke: which one");
  command.option("--agent <id>", "for an agent whose model this node serves; with --user");
  command.option("--helper <name>", "for a helper of this node; with --user and --cluster");
  command.option("--operator", "for the operator; with --cluster for that one alone");
  command.option("--user <address>", "on whose behalf; alone with --cluster: for that user itself");
  command.option("--cluster <id>", "the only cluster it is for");
  command.option("--label <text>", "what to call it (default: for whom it is)");
  command.addOption(
    new Option("--role <role>", "what it may do: look, or act too").choices(["view", "act"]).default("act"),
  );
  command.option("--expires <time>", "until when it counts (default: until it is revoked)", parseTimeOption);
  addDaemonOptions(command);
  addExamples(command, [
    [
      "pleiad workspace token create --agent 12 --user 0x00000000000000000000000000000000000000aa",
      "prints it, once",
    ],
    ["pleiad workspace token list", "ids, without the tokens themselves, which nobody has"],
    ["pleiad workspace token revoke 0123456789abcdef", "it counts no more from the next request on"],
  ]);
  setAction<Options>(command, around, async ({ options, output }, action, id) => {
    const dataFolder = nodeFolderOf(options, around);
    const tokens = createTokenStore({ dataFolder });
    if (action === "create") {
      const credential = credentialOf(options);
      const doubt = await doubtAbout(credential, dataFolder);
      if (doubt !== undefined) output.warn(doubt);
      const made = await tokens.create(credential, options.label ?? wordsFor(credential), termsOf(options));
      output.json(made);
      output.raw(`${made.token}\n`);
      output.note(`token ${made.id} is for ${wordsFor(credential)}; it is not shown again`);
      return 0;
    }
    if (action === "revoke") {
      if (id === undefined) throw cliError("USAGE_INVALID", "say which: pleiad workspace token revoke ID");
      await tokens.revoke(id);
      output.json({ revoked: id });
      output.line("revoked");
      return 0;
    }
    const listed = await tokens.list();
    output.json({ tokens: listed });
    if (listed.length === 0) output.line("there are no tokens");
    else
      output.table(
        [
          { header: "id" },
          { header: "for" },
          { header: "role" },
          { header: "label" },
          { header: "made" },
          { header: "until" },
        ],
        listed.map((one) => [
          one.id,
          wordsFor(one.credential),
          one.role,
          printableLine(one.label),
          new Date(one.createdAtMs).toISOString(),
          one.expiresAtMs === undefined ? "revoked" : new Date(one.expiresAtMs).toISOString(),
        ]),
      );
    return 0;
  });
};

/**
 * What the daemon says against a token, where it may change: an agent is put into a cluster, a model is served.
 *
 * @throws PleiadError AGENT_UNKNOWN, HELPER_UNKNOWN, CLUSTER_UNKNOWN: the hint names those that there are
 */
async function doubtAbout(credential: TokenCredential, dataFolder: string): Promise<string | undefined> {
  try {
    const daemon = daemonOf(dataFolder);
    if (daemon === undefined) return "not looked at who there is: the daemon does not run";
    await daemon.checkCredential(credential);
    return undefined;
  } catch (error) {
    if (
      !(error instanceof PleiadError) ||
      /^(?:(?:AGENT|HELPER|CLUSTER)_UNKNOWN|HELPER_OF_OTHER_NODE)$/.test(error.code)
    )
      throw error;
    if (error.code === "DAEMON_UNREACHABLE") return "not looked at who there is: the daemon does not run";
    return `as things are the token opens nothing: ${error.message} (${error.code})`;
  }
}

/** @throws PleiadError USAGE_INVALID for a time that is over */
function termsOf({ role, expires }: Options): TokenTerms {
  if (expires === undefined) return { role };
  const expiresAtMs = Number(expires) * 1_000;
  if (expiresAtMs > Date.now()) return { role, expiresAtMs };
  throw cliError("USAGE_INVALID", "--expires names a time that is over");
}

/** @throws PleiadError USAGE_INVALID */
function credentialOf(options: Options): TokenCredential {
  const { agent, helper, operator } = options;
  const kinds = [agent, helper, operator].filter((one) => one !== undefined).length;
  if (kinds > 1)
    throw cliError("USAGE_INVALID", "a token is for one: --agent, --helper, --operator or --user");
  const cluster = options.cluster === undefined ? undefined : idOf(options.cluster);
  if (operator === true) return { kind: "node", ...(cluster === undefined ? {} : { cluster }) };
  if (options.user === undefined)
    throw cliError("USAGE_INVALID", "say on whose behalf: --user ADDRESS, or --operator");
  const user = addressOf(options.user);
  if (agent !== undefined)
    return { kind: "agent", agent: idOf(agent), user, ...(cluster === undefined ? {} : { cluster }) };
  if (cluster === undefined) throw cliError("USAGE_INVALID", "say for which cluster: --cluster ID");
  return helper === undefined
    ? { kind: "user", cluster, user }
    : { kind: "helper", cluster, name: helper, user };
}

function wordsFor(credential: TokenCredential): string {
  const where = credential.cluster === undefined ? "" : ` in cluster ${credential.cluster}`;
  switch (credential.kind) {
    case "agent":
      return `agent ${credential.agent}${where}`;
    case "helper":
      return `helper ${printableLine(credential.name)}${where}`;
    case "user":
      return `user${where}`;
    case "node":
      return `the operator${where}`;
    default:
      return credential satisfies never;
  }
}
