import { fileURLToPath } from "node:url";
import type { Address } from "viem";
import { doorPathFor, openDoor } from "../../agents/sandbox/door.ts";
import type { Sandbox } from "../../agents/sandbox/sandbox.ts";
import type { HelperPlan, HelperTools } from "../../agents/team/ports.ts";
import type { ServiceConfig } from "../../config/service.ts";
import { TOKEN_LABEL_CHARS_MAX } from "../../workspace/face/limits.ts";
import type { TokenCredential } from "../../workspace/tokens/credential.ts";
import type { TokenStore } from "../../workspace/tokens/tokenStore.ts";
import type { Faces } from "../wiring/openFaces.ts";
import { modelToolsOf } from "./modelTools.ts";
import type { ToolCalls } from "./toolCalls.ts";

const PLEIAD = fileURLToPath(new URL("../../../bin/pleiad.mjs", import.meta.url));
/** What that program is made of: this checkout, or the folder that packages were installed into. */
const PACKAGES = fileURLToPath(new URL("../../../../", import.meta.url));
/** What tokens of helpers' programs are called; those that a crash left are known by it, and by whose they are. */
const LABEL = "program of ";
/** What tokens of agents that answer executions are called. */
const JOB_LABEL = "job of agent ";

interface ToolOptions {
  readonly apiUrl: string;
  /** Whether the program has no network, so that its tools need a door to the daemon. */
  readonly isClosed: boolean;
  /** By it the daemon's next life finds doors that this one left. */
  readonly tagPrefix: string;
  /** It has no program: its calls are carried out here, those of these tools alone (undefined: of all). */
  readonly direct: { readonly allowed: readonly string[] | undefined } | undefined;
}

interface ToolModules {
  readonly tokens: TokenStore;
  readonly calls: ToolCalls;
  readonly directTools: Faces["directTools"];
}

/** How an agent with that service reaches its tools. */
export function toolOptionsFor(
  service: ServiceConfig | undefined,
  options: { readonly apiUrl: string; readonly sandbox: Sandbox; readonly tagPrefix: string },
): ToolOptions {
  const { apiUrl, sandbox, tagPrefix } = options;
  const direct = service?.kind === "http" ? { allowed: service.tools } : undefined;
  return { apiUrl, isClosed: isClosedBy(service, sandbox), tagPrefix, direct };
}

/** Whether a program of that service has no way to the daemon but a door. */
function isClosedBy(service: ServiceConfig | undefined, sandbox: Sandbox): boolean {
  if (service === undefined || service.kind === "http") return false;
  return sandbox.kind !== "none" && service.sandbox !== "none" && !service.network;
}

/** The workspace's tools for a helper's program: a bridge to this daemon, with a token that speaks as this helper alone. */
export async function helperToolsFor(
  plan: HelperPlan,
  options: ToolOptions,
  modules: ToolModules,
): Promise<HelperTools> {
  const { cluster, name } = plan;
  const credential = { kind: "helper", cluster, name, user: plan.user as Address } as const;
  return toolsWith(credential, labelOf(name), options, modules);
}

/** The same for an agent that answers a task of an execution, for as long as that takes: it speaks as itself, for the requester. */
export async function jobToolsFor(
  who: { readonly agent: bigint; readonly cluster: bigint; readonly user: Address },
  options: ToolOptions,
  modules: ToolModules,
): Promise<HelperTools> {
  const { agent, cluster, user } = who;
  const credential = { kind: "agent", agent, cluster, user: user.toLowerCase() as Address } as const;
  return toolsWith(credential, `${JOB_LABEL}${agent}`, options, modules);
}

/**
 * Takes back what programs of an earlier life were given: none of them is there any more, whatever becomes of those for whom they worked. To be
 * called before the first of this life.
 */
export async function revokeProgramTokens(tokens: TokenStore): Promise<void> {
  await tokens.revokeAll(({ label, credential }) =>
    credential.kind === "helper"
      ? label === labelOf(credential.name)
      : credential.kind === "agent" && label.startsWith(JOB_LABEL),
  );
}

function labelOf(name: string): string {
  return `${LABEL}${name}`;
}

async function toolsWith(
  credential: TokenCredential,
  label: string,
  options: ToolOptions,
  modules: ToolModules,
): Promise<HelperTools> {
  const { tokens } = modules;
  const { id, token } = await tokens.create(credential, label.slice(0, TOKEN_LABEL_CHARS_MAX));
  const takeBack = async (): Promise<void> => {
    // Its operator may have taken it back already.
    if (await tokens.isThere(id)) await tokens.revoke(id);
  };
  try {
    return await toolsBehind({ id, token }, options, modules, takeBack);
  } catch (error) {
    await takeBack();
    throw error;
  }
}

/** What the one with that token reaches. */
async function toolsBehind(
  { id, token }: { readonly id: string; readonly token: string },
  { apiUrl, isClosed, tagPrefix, direct }: ToolOptions,
  { calls, directTools }: ToolModules,
  takeBack: () => Promise<void>,
): Promise<HelperTools> {
  if (direct !== undefined) {
    const tools = modelToolsOf(await directTools(token, direct.allowed));
    // Nothing has to be connected.
    return { servers: [], tools, begin: () => {}, ready: async () => {}, revoke: takeBack };
  }
  const door = isClosed
    ? await openDoor({ path: doorPathFor(tagPrefix), apiPort: Number(new URL(apiUrl).port) })
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
      await takeBack();
    },
  };
}
