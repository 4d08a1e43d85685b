import { fileURLToPath } from "node:url";
import type { Address } from "viem";
import type { HelperPlan, HelperTools } from "../../agents/team/ports.ts";
import type { TokenStore } from "../../workspace/tokens/tokenStore.ts";
import type { ToolCalls } from "./toolCalls.ts";

const PLEIAD = fileURLToPath(new URL("../../../bin/pleiad.mjs", import.meta.url));
/** What tokens of helpers' programs are called; those that a crash left are known by it. */
const LABEL = "program of ";

/** The workspace's tools for a helper's program: a bridge to this daemon, with a token that speaks as this helper alone. */
export async function helperToolsFor(
  plan: HelperPlan,
  modules: { readonly tokens: TokenStore; readonly calls: ToolCalls; readonly apiUrl: string },
): Promise<HelperTools> {
  const { tokens, calls, apiUrl } = modules;
  const { cluster, name } = plan;
  await revokeOld(plan, tokens);
  const { id, token } = await tokens.create(
    { kind: "helper", cluster, name, user: plan.user as Address },
    `${LABEL}${name}`,
  );
  return {
    servers: [
      {
        name: "pleiad",
        command: process.execPath,
        args: [PLEIAD, "mcp", "--api", apiUrl],
        environment: { PLEIAD_TOKEN: token },
      },
    ],
    begin: () => calls.expect(id),
    ready: (signal) => calls.untilAsked(id, signal),
    async revoke() {
      calls.forget(id);
      // Its operator may have taken it back already.
      if (await tokens.isThere(id)) await tokens.revoke(id);
    },
  };
}

/** Of a life that ended without a chance to: nobody has it any more. */
async function revokeOld({ cluster, name }: HelperPlan, tokens: TokenStore): Promise<void> {
  for (const { id, label, credential } of await tokens.list()) {
    const isOld =
      label === `${LABEL}${name}` &&
      credential.kind === "helper" &&
      credential.name === name &&
      credential.cluster === cluster;
    if (isOld) await tokens.revoke(id);
  }
}
