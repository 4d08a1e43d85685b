import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { PleiadError } from "@pleiad/sdk/errors";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { OPEN } from "../../api/access.ts";
import { errnoOf } from "../../config/files.ts";
import { PAGE_BYTES_MAX, PAGE_FILES_MAX } from "./limits.ts";

/** Where the page is built to. */
export const PAGE_FOLDER = join(import.meta.dirname, "../../../../dashboard/dist");

const INDEX = "index.html";
const ASSETS = "assets";

/** Below these, beside `/` itself, is the page. */
export const PAGE_PATHS = ["/ui", `/${ASSETS}`] as const;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** Read once, when somebody first asks: a daemon that nobody looks at keeps nothing of it. */
type PageFiles = ReadonlyMap<string, Buffer>;

/**
 * Serves the dashboard's page from memory: `index.html` for `/` and all below `/ui`, and its hashed assets. It wants no token, as
 * there is nothing in it; what it shows, it asks for with the token that its address has behind the `#`, which no browser sends.
 */
export function mountPage(app: FastifyInstance, options: { readonly folder?: string } = {}): void {
  const { folder = PAGE_FOLDER } = options;
  const open = { config: { access: OPEN } };
  let reading: Promise<PageFiles> | undefined;
  async function files(): Promise<PageFiles> {
    reading ??= readPage(folder);
    try {
      return await reading;
    } catch (error) {
      // It may be built in the meantime.
      reading = undefined;
      throw error;
    }
  }

  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    if (!(error instanceof PleiadError)) throw error;
    const { code, message, hint } = error;
    const isMissing = code === "PAGE_FILE_UNKNOWN";
    const { statusCode = isMissing ? 404 : 503 } = error as { readonly statusCode?: number };
    return reply
      .code(statusCode)
      .type("text/plain; charset=utf-8")
      .send(`${message}\n${hint ?? ""}\n`);
  });
  async function index(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const headers = {
      "cache-control": "no-store",
      "content-security-policy": policyFor(request.headers.host ?? ""),
    };
    return send(reply, await files(), INDEX, headers);
  }
  app.get("/", open, index);
  app.get("/ui/*", open, index);
  app.get(`/${ASSETS}/:file`, open, async (request, reply) => {
    const { file } = request.params as { readonly file: string };
    const name = `${ASSETS}/${file}`;
    // Its name says what is in it, so it never changes.
    return send(reply, await files(), name, { "cache-control": "public, max-age=31536000, immutable" });
  });
}

/** What the page may do: its own scripts and styles from files, its own server, and nothing else. */
export function policyFor(host: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    // `'self'` is http alone in some browsers.
    `connect-src 'self' ws://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    // The page makes no text markup, so there is no policy that may: without the list, whatever got in could make one.
    "trusted-types 'none'",
  ].join("; ");
}

/** Headers go before the bytes: what is sent is gone. */
function send(
  reply: FastifyReply,
  files: PageFiles,
  name: string,
  headers: Readonly<Record<string, string>>,
): FastifyReply {
  const bytes = fileOf(files, name);
  return reply
    .type(TYPES[extname(name)] ?? "application/octet-stream")
    .headers({
      ...headers,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    })
    .send(bytes);
}

function fileOf(files: PageFiles, name: string): Buffer {
  const found = files.get(name);
  if (found !== undefined) return found;
  throw new PleiadError("there is no such file of the page", {
    code: "PAGE_FILE_UNKNOWN",
    hint: "load the page anew: it was built again since",
  });
}

/** @throws PleiadError PAGE_NOT_BUILT, PAGE_TOO_LARGE */
async function readPage(folder: string): Promise<PageFiles> {
  const names = [INDEX, ...(await assetsIn(join(folder, ASSETS)))];
  const files = new Map<string, Buffer>();
  let bytes = 0;
  for (const name of names) {
    const path = join(folder, name);
    try {
      bytes += (await stat(path)).size;
      if (bytes > PAGE_BYTES_MAX || names.length > PAGE_FILES_MAX) throw tooLarge(folder);
      files.set(name, await readFile(path));
    } catch (error) {
      throw errnoOf(error) === "ENOENT" ? notBuilt(folder) : error;
    }
  }
  return files;
}

async function assetsIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).map((name) => `${ASSETS}/${name}`);
  } catch (error) {
    throw errnoOf(error) === "ENOENT" ? notBuilt(folder) : error;
  }
}

function notBuilt(folder: string): PleiadError {
  return new PleiadError("the dashboard's page is not built", {
    code: "PAGE_NOT_BUILT",
    retryable: true,
    hint: "in Pleiad's folder, run: npm run build:dashboard; then load this page again",
    details: { folder },
  });
}

function tooLarge(folder: string): PleiadError {
  return new PleiadError(`there is more in ${folder} than a page has`, {
    code: "PAGE_TOO_LARGE",
    hint: "build it anew: npm run build:dashboard",
    details: { folder, bytesMax: PAGE_BYTES_MAX, filesMax: PAGE_FILES_MAX },
  });
}
