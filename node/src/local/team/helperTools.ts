import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Address } from "viem";
import { openDoor } from "../../agents/sandbox/door.ts";
import type { HelperPlan, HelperTools } from "../../agents/team/ports.ts";
import type { TokenStore } from "../../workspace/tokens/tokenStore.ts";
import type { ToolCalls } from "./toolCalls.ts";

const PLEIAD = fileURLToPath(new URL("../../../bin/pleiad.mjs", import.meta.url));
/** What that program is made of: this checkout, or the folder that packages were installed into. */
const PACKAGES = fileURLToPath(new URL("../../../../", import.meta.url));
/** What tokens of helpers' programs are called; those that a crash left are known by it. */
const LABEL = "program of ";

/** The workspace's tools for a helper's program: a bridge to this daemon, with a token that speaks as this helper alone. */
export async function helperToolsFor(
  plan: HelperPlan,
  options: {
    readonly apiUrl: string;
    /** Whether the program has no network, so that its tools need a door to the daemon. */
    readonly isClosed: boolean;
  },
  modules: { readonly tokens: TokenStore; readonly calls: ToolCalls },
): Promise<HelperTools> {
  const { apiUrl, isClosed } = options;
  const { tokens, calls } = modules;
  const { cluster, name } = plan;
  await revokeOld(plan, tokens);
  const { id, token } = await tokens.create(
    { kind: "helper", cluster, name, user: plan.user as Address },
    `${LABEL}${name}`,
  );
  const door = isClosed
    ? await openDoor({ path: doorPath(), apiPort: Number(new URL(apiUrl).port) })
    : undefined;
  return {
    servers: [
      {
        name: "pleiad",
        command: process.execPath,
        args: [PLEIAD, "mcp", "--api", apiUrl, ...(door === undefined ? [] : ["--socket", door.path])],
        environment: { PLEIAD_TOKEN: token },
        readable: [PACKAGES],
      },
    ],
    begin: () => calls.expect(id),
    ready: (signal) => calls.untilAsked(id, signal),
    async revoke() {
      calls.forget(id);
      await door?.close();
      // Its operator may have taken it back already.
      if (await tokens.isThere(id)) await tokens.revoke(id);
    },
  };
}

/** Short, as systems take no long one, and in no folder that a sandbox hides. */
function doorPath(): string {
  return join(tmpdir(), `pleiad-${randomBytes(8).toString("hex")}.sock`);
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
