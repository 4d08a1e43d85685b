import { existsSync } from "node:fs";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import { findSandbox } from "../../agents/sandbox/findSandbox.ts";
import { checkService } from "../../agents/services.ts";
import { serviceSchema } from "../../config/service.ts";
import { type FoundAgent, findCodingAgents, installableAgents } from "../../local/project/codingAgents.ts";
import {
  dataFolderOfProject,
  projectTopOf,
  requireProject,
  requireUntrackedData,
} from "../../local/project/projectFolder.ts";
import { readTeam, TEAM_FILE } from "../../local/project/teamFile.ts";
import { listed } from "../text/amounts.ts";
import { type Finding, ok, skipped, warning, wrong } from "./finding.ts";

/** Whether a team can work on the git repository that the command runs in; nothing where it runs in none. */
export async function checkProject(around: {
  readonly cwd: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}): Promise<Finding[]> {
  const { cwd, env } = around;
  try {
    const top = await projectTopOf(cwd, env);
    if (top === undefined) return [];
    const project = await requireProject(top, env);
    const folder = dataFolderOfProject(top);
    await requireUntrackedData(project, folder, env);
    const found = await findCodingAgents(env);
    const where = project.branch === undefined ? "on no branch" : `on ${project.branch}`;
    return [
      ok("project", `${top}, ${where}; helpers get copies of it`),
      ...(await checkTeamFile(folder, project, found)),
      ...(await checkAgents(found, env)),
    ];
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    return [wrong("project", error.message, error.hint ?? "correct the repository")];
  }
}

/** Services of the file are looked at with the daemon's configuration, once there is one. */
async function checkTeamFile(
  folder: string,
  project: { readonly name: string; readonly top: string },
  found: readonly FoundAgent[],
): Promise<Finding[]> {
  const path = join(folder, TEAM_FILE);
  if (!existsSync(path)) return [skipped(TEAM_FILE, "there is none yet; pleiad up makes one")];
  try {
    const { services } = await readTeam({ dataFolder: folder, project, found });
    const named = services.filter(({ from }) => from === "file");
    const missing = named.flatMap(({ name, missing: program }) =>
      program === undefined ? [] : [`${name}: there is no program ${program}`],
    );
    if (missing.length > 0)
      return [wrong(TEAM_FILE, listed(missing), "install it, or correct its path in the file")];
    const names = named.map(({ name }) => name);
    return [ok(TEAM_FILE, names.length === 0 ? "it names no further services" : `it names ${listed(names)}`)];
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    return [wrong(TEAM_FILE, error.message, error.hint ?? "correct the file")];
  }
}

/** Which coding agents are installed, and whether they may be used. */
async function checkAgents(
  found: readonly FoundAgent[],
  env: Readonly<NodeJS.ProcessEnv>,
): Promise<Finding[]> {
  const sandbox = await findSandbox({ environment: env, secrets: [] });
  const findings = await Promise.all(
    found.map(async ({ name, path, service, keys, variables, hasKey }): Promise<Finding> => {
      // Of those that are not set much would be said that nobody needs.
      const environment = variables.filter((variable) => (env[variable] ?? "") !== "");
      const parsed = serviceSchema.parse({ ...service, environment });
      const { usable, findings: texts, error } = await checkService(parsed, { environment: env, sandbox });
      if (!hasKey && (usable || error?.code === "AGENT_LOGIN_MISSING")) {
        const hint = `set ${keys.join(" or ")} where pleiad up runs; a helper's home is its own, so a login in yours does not count`;
        return warning(name, `${path} is there; it has no key`, hint);
      }
      if (!usable) return wrong(name, listed(texts), error?.hint ?? "install it again");
      return ok(name, `${listed(texts)}; a key is in the environment`);
    }),
  );
  const absent = installableAgents().filter(({ name }) => !found.some((one) => one.name === name));
  const hint = absent.map(({ name, command }) => `${name}: ${command}`).join("; ");
  if (absent.length === 0) return findings;
  if (found.length === 0) return [warning("coding agents", "none is in PATH", `install one: ${hint}`)];
  return [...findings, skipped("not installed", absent.map(({ name }) => name).join(", "))];
}
