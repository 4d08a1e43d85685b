import { readdir, readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import type { TokenRole } from "@pleiad/sdk/types/tokenRole";
import { z } from "zod";
import { errnoOf, makeFolder, removeIfThere, writeFileNew } from "../../config/files.ts";
import { workspaceError } from "../errors.ts";
import { TOKEN_FILE_BYTES_MAX, TOKEN_LABEL_CHARS_MAX, TOKENS_MAX } from "../face/limits.ts";
import { plain } from "../face/plain.ts";
import { credentialSchema, type TokenCredential } from "./credential.ts";
import { hashOf, isSecretOf, isTokenId, newToken, parseToken, tokenText } from "./token.ts";

/** In a node's data folder: a file for each token, mode 0600. */
export const TOKENS_FOLDER = "workspace-tokens";

const ENDING = ".json";

/** So long who shows an expired token is told that it has expired, and not that it is wrong. */
const EXPIRED_KEPT_MS = 7 * 24 * 60 * 60 * 1_000;

const fileSchema = z.strictObject({
  /** SHA-256 of the secret. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  label: z.string().max(TOKEN_LABEL_CHARS_MAX),
  createdAtMs: z.int(),
  credential: credentialSchema,
  /** Left out of files that are older than roles, and of those that act. */
  role: z.enum(["view", "act"]).optional(),
  expiresAtMs: z.int().optional(),
});

/** What a token that is made can be good for: what is the daemon's own is for the API's own token alone. */
export type GivenRole = Exclude<TokenRole, "operate">;

/** A token without its secret, which nobody has but whoever it was given to. */
export interface TokenEntry {
  readonly id: string;
  readonly label: string;
  readonly createdAtMs: number;
  readonly credential: TokenCredential;
  readonly role: GivenRole;
  /** Unix milliseconds; undefined for until it is revoked. */
  readonly expiresAtMs: number | undefined;
}

export interface TokenTerms {
  /** @default "act" */
  readonly role?: GivenRole;
  /** Unix milliseconds. @default until it is revoked */
  readonly expiresAtMs?: number;
}

/**
 * The tokens of a node. Each is a file of its own, looked at whenever the token is used: one that is made or revoked while
 * the daemon runs counts from the next request on.
 */
export interface TokenStore {
  /**
   * @returns the token's text, which is not to be had again
   * @throws PleiadError TOKENS_TOO_MANY, TOKEN_LABEL_INVALID
   */
  create(
    credential: TokenCredential,
    label: string,
    terms?: TokenTerms,
  ): Promise<{ readonly id: string; readonly token: string }>;
  /** All of them, the oldest first. @throws PleiadError TOKEN_DAMAGED */
  list(): Promise<readonly TokenEntry[]>;
  /** @throws PleiadError TOKEN_UNKNOWN */
  revoke(id: string): Promise<void>;
  /** Takes back all that are meant. A damaged file opens nothing, and stays for whoever lists them. */
  revokeAll(isMeant: (token: TokenEntry) => boolean): Promise<void>;
  /** Undefined for a wrong token, and for one that is no more. @throws PleiadError TOKEN_DAMAGED */
  find(token: string): Promise<TokenEntry | undefined>;
  /** Whether a token that was found is still there. */
  isThere(id: string): Promise<boolean>;
}

export function createTokenStore(
  options: { readonly dataFolder: string },
  modules: { readonly now?: () => number } = {},
): TokenStore {
  const folder = join(options.dataFolder, TOKENS_FOLDER);
  const { now = Date.now } = modules;
  const pathOf = (id: string) => join(folder, `${id}${ENDING}`);

  async function ids(): Promise<readonly string[]> {
    try {
      const names = await readdir(folder);
      return names
        .filter((name) => name.endsWith(ENDING))
        .map((name) => name.slice(0, -ENDING.length))
        .filter(isTokenId);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw error;
    }
  }

  /**
   * Makes room for one more: what expired long ago goes, and of what expired of late what is more than may be kept, the first first. A
   * damaged file opens nothing and is in nobody's way; whoever uses or lists it is told of it.
   *
   * @returns how many count
   */
  async function makeRoom(): Promise<number> {
    let live = 0;
    const expired: { readonly id: string; readonly expiresAtMs: number }[] = [];
    for (const id of await ids()) {
      const found = await readToken(id, pathOf(id)).catch(unlessDamaged);
      if (found === undefined) continue;
      const { expiresAtMs } = found.entry;
      if (expiresAtMs === undefined || now() < expiresAtMs) live += 1;
      else expired.push({ id, expiresAtMs });
    }
    expired.sort((a, b) => b.expiresAtMs - a.expiresAtMs);
    for (const [index, { id, expiresAtMs }] of expired.entries())
      if (index >= TOKENS_MAX || now() > expiresAtMs + EXPIRED_KEPT_MS) await removeIfThere(pathOf(id));
    return live;
  }

  return {
    async create(credential, label, terms = {}) {
      if (label.trim() === "" || label.length > TOKEN_LABEL_CHARS_MAX) {
        throw workspaceError("TOKEN_LABEL_INVALID", `a token cannot be called "${label.slice(0, 80)}"`, {
          hint: `write 1 to ${TOKEN_LABEL_CHARS_MAX} characters that say who has it`,
        });
      }
      const there = await makeRoom();
      if (there >= TOKENS_MAX) {
        throw workspaceError("TOKENS_TOO_MANY", `there are ${there} tokens already`, {
          hint: "revoke those that nobody uses: pleiad workspace token list",
          details: { tokens: there, tokensMax: TOKENS_MAX },
        });
      }
      const token = newToken();
      const content = { hash: hashOf(token.secret), label, createdAtMs: now(), credential, ...terms };
      await makeFolder(folder);
      await writeFileNew(pathOf(token.id), `${JSON.stringify(plain(content), undefined, 2)}\n`);
      return { id: token.id, token: tokenText(token) };
    },
    async list() {
      const found = await Promise.all((await ids()).map((id) => readToken(id, pathOf(id))));
      return found
        .flatMap((one) => (one === undefined ? [] : [one.entry]))
        .sort((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
    },
    async revoke(id) {
      try {
        if (isTokenId(id)) return await unlink(pathOf(id));
      } catch (error) {
        if (errnoOf(error) !== "ENOENT") throw error;
      }
      throw workspaceError("TOKEN_UNKNOWN", `there is no token ${id.slice(0, 80)}`, {
        hint: "pleiad workspace token list shows the ids",
      });
    },
    async revokeAll(isMeant) {
      for (const id of await ids()) {
        const found = await readToken(id, pathOf(id)).catch(unlessDamaged);
        if (found !== undefined && isMeant(found.entry)) await removeIfThere(pathOf(id));
      }
    },
    async find(text) {
      const token = parseToken(text);
      if (token === undefined) return undefined;
      const found = await readToken(token.id, pathOf(token.id));
      return found !== undefined && isSecretOf(found.hash, token.secret) ? found.entry : undefined;
    },
    async isThere(id) {
      try {
        return isTokenId(id) && (await stat(pathOf(id))).isFile();
      } catch (error) {
        if (errnoOf(error) === "ENOENT") return false;
        throw error;
      }
    },
  };
}

/** Undefined where there is none. @throws PleiadError TOKEN_DAMAGED */
async function readToken(
  id: string,
  path: string,
): Promise<{ readonly hash: string; readonly entry: TokenEntry } | undefined> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > TOKEN_FILE_BYTES_MAX) throw damaged(path);
    text = await readFile(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
  const parsed = fileSchema.safeParse(parseJson(text));
  if (!parsed.success) throw damaged(path);
  const { hash, label, createdAtMs, credential, role = "act", expiresAtMs } = parsed.data;
  return {
    hash,
    entry: { id, label, createdAtMs, credential: credential as TokenCredential, role, expiresAtMs },
  };
}

function unlessDamaged(error: unknown): undefined {
  if (error instanceof PleiadError && error.code === "TOKEN_DAMAGED") return undefined;
  throw error;
}

function damaged(path: string): PleiadError {
  return new PleiadError(`the token at ${path} is damaged`, {
    code: "TOKEN_DAMAGED",
    hint: "remove the file and have a new token made",
    details: { path },
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
