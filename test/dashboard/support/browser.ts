import { spawnSync } from "node:child_process";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { chmod, link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { type Browser, chromium } from "playwright-core";
import { ROOT } from "../../fixtures/pleiad.ts";

/** Names of the system's own, where the package has none for this machine. */
const SYSTEM_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * Of what the package recommends, only what a machine without a display and a user who may be root need: none that makes the browser
 * laxer about what a page may do.
 */
const FLAGS = ["--no-sandbox", "--no-zygote", "--disable-dev-shm-usage", "--font-render-hinting=none"];
const WITHOUT_GRAPHICS = ["--disable-gpu"];
/** A graphics processor that is a program. */
const WITH_GRAPHICS = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];

interface Program {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Starts a Chromium: the npm package's, else the system's.
 *
 * @param options.hasGraphics whether its pages have WebGL, drawn by a program @default they have none
 * @throws Error that says how to get one
 */
export async function startBrowser({ hasGraphics = false } = {}): Promise<Browser> {
  const { path, env } = (await ofPackage(hasGraphics)) ?? ofSystem();
  return chromium.launch({
    executablePath: path,
    args: [...FLAGS, ...(hasGraphics ? WITH_GRAPHICS : WITHOUT_GRAPHICS)],
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/", ...env },
  });
}

/** The package has a program for Linux on x64, compressed; it is unpacked once, into the folder of what can be made anew. */
async function ofPackage(hasGraphics: boolean): Promise<Program | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  const source = join(dirname(entry), "..", "bin");
  const { version } = JSON.parse(await readFile(join(source, "..", "package.json"), "utf8")) as {
    readonly version: string;
  };
  const folder = join(ROOT, "cache", `chromium-${version}`);
  if (!existsSync(folder)) await unpack(source, folder);
  const path = join(hasGraphics ? await withGraphics(source, folder) : folder, "chromium");
  const env: Record<string, string> = { FONTCONFIG_FILE: join(folder, "fonts.conf") };
  // Libraries that a bare machine has not: they are of another distribution, and taken only where there is need.
  const linked = spawnSync("ldd", [path], { encoding: "utf8" });
  if (linked.status !== 0 || linked.stdout.includes("not found"))
    env.LD_LIBRARY_PATH = join(folder, "al2023", "lib");
  return { path, env };
}

/** The same program beside the libraries that draw without a graphics processor: it looks for them where it is itself. */
async function withGraphics(source: string, folder: string): Promise<string> {
  const place = `${folder}-graphics`;
  if (existsSync(place)) return place;
  const making = `${place}.${process.pid}`;
  await mkdir(making, { recursive: true });
  await link(join(folder, "chromium"), join(making, "chromium"));
  await inflateTar(source, making, "swiftshader", ".");
  await settle(making, place);
  return place;
}

async function unpack(source: string, folder: string): Promise<void> {
  const making = `${folder}.${process.pid}`;
  await mkdir(making, { recursive: true });
  await inflate(join(source, "chromium.br"), join(making, "chromium"));
  await chmod(join(making, "chromium"), 0o755);
  for (const name of ["al2023", "fonts"]) await inflateTar(source, making, name, name);
  const fonts = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${folder}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>\n`;
  await writeFile(join(making, "fonts.conf"), fonts);
  await settle(making, folder);
}

/** Whoever is first has it; what a killed run left is not taken for whole. */
async function settle(making: string, folder: string): Promise<void> {
  await rename(making, folder).catch(async (error: NodeJS.ErrnoException) => {
    await rm(making, { recursive: true, force: true });
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
}

function inflate(from: string, to: string): Promise<void> {
  return pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to));
}

async function inflateTar(source: string, making: string, name: string, into: string): Promise<void> {
  const tar = join(making, `${name}.tar`);
  await inflate(join(source, `${name}.tar.br`), tar);
  await mkdir(join(making, into), { recursive: true });
  const { status, stderr } = spawnSync("tar", ["-xf", tar, "-C", into], { cwd: making, encoding: "utf8" });
  if (status !== 0) throw new Error(`tar could not unpack ${name}: ${stderr}`);
  await rm(tar);
}

function ofSystem(): Program {
  for (const folder of (process.env.PATH ?? "").split(":")) {
    for (const name of SYSTEM_NAMES) {
      const path = join(folder, name);
      if (existsSync(path)) return { path, env: {} };
    }
  }
  throw new Error(
    `there is no Chromium for ${process.platform} on ${process.arch}: install one, so that ${SYSTEM_NAMES.join(" or ")} is in PATH`,
  );
}
