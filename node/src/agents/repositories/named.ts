import { AgentError } from "../errors.ts";
import type { PromptInput } from "../promptParts.ts";
import { REPOSITORY_BASE_CHARACTERS_MAX, REPOSITORY_NAME_CHARACTERS_MAX } from "./limits.ts";

/** Which repository a request is about, in the words of whoever wrote it. */
export interface NamedRepository {
  /** A name of the operator's, or a URL. */
  readonly repository: string;
  /** A branch, a tag or a whole commit. @default the repository's HEAD */
  readonly base?: string;
}

const FIRST_LINE = /^repository:/;
const LINE = /^(repository|base):[ \t]*(.*?)[ \t]*$/;
/** Letters, digits and `. _ / + @ -`; so no option, no refspec, no pattern, no `~1`. */
const BASE = /^[A-Za-z0-9_][A-Za-z0-9._/+@-]*$/;

/**
 * The repository that a request names. A version that names its inputs has it in those called `repository` and `base`; any other in its first
 * lines, which end with an empty line:
 *
 * ```
 * repository: NAME-OR-URL
 * base: BRANCH-TAG-OR-COMMIT
 *
 * what is wanted
 * ```
 *
 * @returns undefined where it names none
 * @throws AgentError REPOSITORY_HEADER_INVALID, REPOSITORY_BASE_INVALID
 */
export function namedRepository(
  request: string,
  inputs: readonly PromptInput[],
): NamedRepository | undefined {
  const found = inputs.length > 0 ? fromInputs(inputs) : fromLines(request);
  if (found === undefined) return undefined;
  const { repository, base } = found;
  if (
    repository === "" ||
    repository.length > REPOSITORY_NAME_CHARACTERS_MAX ||
    /[\p{Cc}\s]/u.test(repository)
  )
    throw invalid(
      `a repository is named by 1 to ${REPOSITORY_NAME_CHARACTERS_MAX} characters without spaces`,
    );
  if (base === undefined) return { repository };
  requireBase(base);
  return { repository, base };
}

function fromInputs(inputs: readonly PromptInput[]): NamedRepository | undefined {
  const textOf = (name: string) => inputs.find((input) => input.name === name)?.text.trim();
  const repository = textOf("repository");
  if (repository === undefined || repository === "") return undefined;
  const base = textOf("base");
  return base === undefined || base === "" ? { repository } : { repository, base };
}

function fromLines(request: string): NamedRepository | undefined {
  if (!FIRST_LINE.test(request)) return undefined;
  const said = new Map<string, string>();
  for (const line of request.split(/\r?\n/, 3)) {
    if (line.trim() === "") break;
    const [, key = "", value = ""] = LINE.exec(line) ?? [];
    if (key === "" || said.has(key)) throw invalid("an empty line ends what it says of its repository");
    said.set(key, value);
  }
  const base = said.get("base");
  return { repository: said.get("repository") ?? "", ...(base === undefined ? {} : { base }) };
}

/** As git has names of refs, and narrower: what passes is never an option, a range or a place in a history. */
function requireBase(base: string): void {
  const isName =
    base.length <= REPOSITORY_BASE_CHARACTERS_MAX &&
    BASE.test(base) &&
    // Private ones of the daemon's and of others among them: branches and tags are named without.
    !base.startsWith("refs/") &&
    !/\.\.|\/\/|@\{|\/\.|\.lock(\/|$)|[./]$/.test(base);
  if (isName) return;
  throw new AgentError(
    "REPOSITORY_BASE_INVALID",
    `${JSON.stringify(base.slice(0, 80))} is no name of a branch, a tag or a commit`,
    { details: { base: base.slice(0, 80) } },
  );
}

function invalid(why: string): AgentError {
  return new AgentError("REPOSITORY_HEADER_INVALID", `the request does not say which repository: ${why}`);
}
