import { spawnSync } from "node:child_process";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
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
const FLAGS = [
  "--no-sandbox",
  "--no-zygote",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--font-render-hinting=none",
];

interface Program {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a Chromium: the npm package's, else the system's. @throws Error that says how to get one */
export async function startBrowser(): Promise<Browser> {
  const { path, env } = (await ofPackage()) ?? ofSystem();
  return chromium.launch({
    executablePath: path,
    args: FLAGS,
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/", ...env },
  });
}

/** The package has a program for Linux on x64, compressed; it is unpacked once, into the folder of what can be made anew. */
async function ofPackage(): Promise<Program | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  const source = join(dirname(entry), "..", "bin");
  const { version } = JSON.parse(await readFile(join(source, "..", "package.json"), "utf8")) as {
    readonly version: string;
  };
  const folder = join(ROOT, "cache", `chromium-${version}`);
  if (!existsSync(folder)) await unpack(source, folder);
  const path = join(folder, "chromium");
  const env: Record<string, string> = { FONTCONFIG_FILE: join(folder, "fonts.conf") };
  // Libraries that a bare machine has not: they are of another distribution, and taken only where there is need.
  const linked = spawnSync("ldd", [path], { encoding: "utf8" });
  if (linked.status !== 0 || linked.stdout.includes("not found"))
    env.LD_LIBRARY_PATH = join(folder, "al2023", "lib");
  return { path, env };
}

async function unpack(source: string, folder: string): Promise<void> {
  const making = `${folder}.${process.pid}`;
  await mkdir(making, { recursive: true });
  const inflate = (name: string, to: string) =>
    pipeline(
      createReadStream(join(source, name)),
      createBrotliDecompress(),
      createWriteStream(join(making, to)),
    );
  await inflate("chromium.br", "chromium");
  await chmod(join(making, "chromium"), 0o755);
  for (const name of ["al2023", "fonts"]) {
    await inflate(`${name}.tar.br`, `${name}.tar`);
    await mkdir(join(making, name), { recursive: true });
    const { status, stderr } = spawnSync("tar", ["-xf", `${name}.tar`, "-C", name], {
      cwd: making,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`tar could not unpack ${name}: ${stderr}`);
    await rm(join(making, `${name}.tar`));
  }
  const fonts = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${folder}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>\n`;
  await writeFile(join(making, "fonts.conf"), fonts);
  // Whoever is first has it; what a killed run left is not taken for whole.
  await rename(making, folder).catch(async (error: NodeJS.ErrnoException) => {
    await rm(making, { recursive: true, force: true });
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
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
