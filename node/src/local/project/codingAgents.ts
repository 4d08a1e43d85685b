import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { PATH_DEFAULT } from "../../agents/environment.ts";
import { findProgram } from "../../agents/findProgram.ts";
import { serviceSchema } from "../../config/service.ts";

/** One way to drive a coding agent: a program, and what a service says of it. */
interface Way {
  readonly kind: string;
  readonly program: string;
  readonly args?: readonly string[];
  /** The package that brings the program. */
  readonly package: string;
}

interface KnownAgent {
  readonly name: string;
  /** The best first; those of kinds that this version does not have are passed over. */
  readonly ways: readonly Way[];
  /** Variables by which its makers say that it is given keys and addresses; the first ones are keys. */
  readonly keys: readonly string[];
  readonly settings: readonly string[];
}

const ANTHROPIC = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"];
const acp = (program: string, args: readonly string[], from: string): Way => ({
  kind: "acp",
  program,
  args,
  package: from,
});
const own = (name: string, from: string): Way => ({ kind: name, program: name, package: from });

/** Coding agents that are looked for. Their programs are never started for that. */
const KNOWN: readonly KnownAgent[] = [
  {
    name: "claude",
    ways: [
      own("claude", "@anthropic-ai/claude-code"),
      acp("claude-agent-acp", [], "@agentclientprotocol/claude-agent-acp"),
    ],
    keys: [...ANTHROPIC, "CLAUDE_CODE_OAUTH_TOKEN"],
    settings: ["ANTHROPIC_BASE_URL"],
  },
  {
    name: "codex",
    ways: [own("codex", "@openai/codex"), acp("codex-acp", [], "@zed-industries/codex-acp")],
    keys: ["OPENAI_API_KEY", "CODEX_API_KEY"],
    settings: ["OPENAI_BASE_URL"],
  },
  {
    name: "opencode",
    ways: [own("opencode", "opencode-ai"), acp("opencode", ["acp"], "opencode-ai")],
    keys: [...ANTHROPIC, "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY"],
    settings: [],
  },
  {
    name: "gemini",
    ways: [
      own("gemini", "@google/gemini-cli"),
      acp("gemini", ["--acp", "--skip-trust"], "@google/gemini-cli"),
    ],
    keys: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
    settings: ["GEMINI_MODEL", "GOOGLE_GEMINI_BASE_URL"],
  },
  {
    name: "qwen",
    ways: [
      own("qwen", "@qwen-code/qwen-code"),
      acp("qwen", ["--acp", "--auth-type", "openai"], "@qwen-code/qwen-code"),
    ],
    keys: ["OPENAI_API_KEY"],
    settings: ["OPENAI_BASE_URL", "OPENAI_MODEL"],
  },
];

/** Kinds of services that this version has. */
const KINDS: ReadonlySet<string> = new Set(serviceSchema.options.map(({ shape }) => shape.kind.value));

/** A coding agent of this machine. */
export interface FoundAgent {
  readonly name: string;
  /** Absolute path of its program. */
  readonly path: string;
  /** The service by which it is driven, as a configuration says it. */
  readonly service: Readonly<Record<string, unknown>>;
  /** Variables that may hold its key. */
  readonly keys: readonly string[];
  /** All variables that it may see. */
  readonly variables: readonly string[];
  /** Whether one of its keys is set. */
  readonly hasKey: boolean;
}

/** Those of the known coding agents whose program is in PATH, with a service for each. No program is started. */
export async function findCodingAgents(environment: Readonly<NodeJS.ProcessEnv>): Promise<FoundAgent[]> {
  const searchPath = environment.PATH ?? PATH_DEFAULT;
  const found = await Promise.all(
    KNOWN.map(async ({ name, ways, keys, settings }): Promise<FoundAgent | undefined> => {
      for (const { kind, program, args = [] } of waysOf(ways)) {
        const path = await findProgram(program, searchPath);
        if (path === undefined) continue;
        const variables = [...keys, ...settings];
        const service = {
          kind,
          program: path,
          ...(args.length === 0 ? {} : { args }),
          environment: variables,
          // Its model is out there.
          network: true,
          readable: await besides(path, searchPath),
        };
        serviceSchema.parse(service);
        return {
          name,
          path,
          service,
          keys,
          variables,
          hasKey: keys.some((key) => (environment[key] ?? "") !== ""),
        };
      }
      return undefined;
    }),
  );
  return found.filter((one) => one !== undefined);
}

/** What could be installed: a coding agent's name, and the command. */
export function installableAgents(): { readonly name: string; readonly command: string }[] {
  return KNOWN.flatMap(({ name, ways }) => {
    const [way] = waysOf(ways);
    return way === undefined ? [] : [{ name, command: `npm install -g ${way.package}` }];
  });
}

function waysOf(ways: readonly Way[]): Way[] {
  return ways.filter(({ kind }) => KINDS.has(kind));
}

/** A program that npm installed is many files, and some Node.js runs it: both have to be readable in a sandbox. */
async function besides(path: string, searchPath: string): Promise<string[]> {
  const real = await realpath(path);
  const at = real.indexOf("/node_modules/");
  if (at === -1) return [];
  const node = await findProgram("node", searchPath);
  const runtime = node === undefined ? [] : [dirname(await realpath(node))];
  return [...new Set([real.slice(0, at + "/node_modules".length), ...runtime])];
}
