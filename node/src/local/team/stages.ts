import { PleiadError } from "@pleiad/sdk/errors";
import type { Address } from "viem";
import type { HelperPlan, Stage } from "../../agents/team/ports.ts";
import type { Recording } from "../../agents/terminals/recorder.ts";
import { sessionSource } from "../../agents/terminals/sessionSource.ts";
import type { Terminals } from "../../agents/terminals/terminals.ts";
import type { Workspace } from "../../workspace/types.ts";

/**
 * A helper's terminal: what it says and does, and a line for whoever may type. A line goes to the helper's inbox as a message of the
 * user on whose behalf it works, who alone besides the operator may type there; where that user is not admitted to the cluster,
 * of the operator.
 *
 * @throws AgentError as `Terminals.open`
 */
export async function stageOf(
  plan: HelperPlan,
  options: { readonly node: bigint; readonly recording: Recording | undefined },
  modules: { readonly terminals: Terminals; readonly workspace: Pick<Workspace, "as"> },
): Promise<Stage> {
  const { cluster, name, user } = plan;
  const { node, recording } = options;
  const { terminals, workspace } = modules;
  const message = (text: string) => ({
    destination: { kind: "direct" as const, to: `helper:${node}/${name}` },
    text,
  });

  async function say(line: string): Promise<void> {
    if (line.trim() === "") return;
    try {
      await workspace.as({ kind: "user", cluster, user: user as Address }).sendMessage(message(line));
    } catch (error) {
      if (!(error instanceof PleiadError) || error.code !== "USER_NOT_ADMITTED") throw error;
      await workspace.as({ kind: "node", cluster }).sendMessage(message(line));
    }
  }

  const source = sessionSource({ onLine: say });
  await terminals.open({
    cluster,
    name,
    source,
    user,
    ...(recording === undefined ? {} : { recording }),
  });
  return {
    show: (event) => source.onEvent(event),
    note: (text) => source.onEvent({ kind: "notice", text }),
    close: (end) => source.finish(end),
  };
}
