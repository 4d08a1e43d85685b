import { realpath } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { AgentError } from "../errors.ts";
import { isWithin } from "../folders/project.ts";

/** A repository of others that the operator allows. */
export interface AllowedUrl {
  /** As git is given it. */
  readonly url: string;
  readonly protocol: "https" | "file";
}

/**
 * Holds what a request names against the operator's list. A URL has to be written in the one way in which it can be (no `..`, no `%`, no name or
 * password, no query), so that what is compared is what is fetched; an entry of the list covers what lies below it.
 *
 * @param allowed Beginnings of https URLs, and absolute paths of folders of this machine; each ends in `/`
 * @throws AgentError REPOSITORY_URL_REFUSED for what git is never given, REPOSITORY_UNLISTED
 */
export async function allowedUrl(text: string, allowed: readonly string[]): Promise<AllowedUrl> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url !== undefined &&
    (url.protocol === "https:" || url.protocol === "file:") &&
    url.href === text &&
    url.username === "" &&
    url.password === "" &&
    url.search === "" &&
    url.hash === "" &&
    /^[A-Za-z0-9:/._~+@-]+$/.test(text);
  if (!isPlain || url === undefined)
    throw new AgentError(
      "REPOSITORY_URL_REFUSED",
      `${shown(text)} is neither a name nor an https URL in its plainest spelling`,
      { details: { repository: text.slice(0, 200) } },
    );
  if (url.protocol === "https:") {
    if (allowed.some((beginning) => beginning.startsWith("https:") && text.startsWith(beginning)))
      return { url: text, protocol: "https" };
    throw unlisted(text);
  }
  // No link leads out of a folder.
  const path = await realpath(url.host === "" ? fileURLToPath(url) : "").catch(() => undefined);
  for (const folder of allowed.filter((one) => one.startsWith("/"))) {
    const root = await realpath(folder).catch(() => undefined);
    if (path !== undefined && root !== undefined && path !== root && isWithin(path, root))
      return { url: `file://${path}`, protocol: "file" };
  }
  throw unlisted(text);
}

function unlisted(text: string): AgentError {
  return new AgentError("REPOSITORY_UNLISTED", `this node takes no work on ${shown(text)}`, {
    details: { repository: text.slice(0, 200) },
  });
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
