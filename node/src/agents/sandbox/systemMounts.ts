import { lstat, readlink, stat } from "node:fs/promises";
import type { Mount } from "./bubblewrap.ts";

/** Where programs and their libraries are, on the distributions that we know of. */
const FOLDERS = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store"];

/** What of /etc programs read to find libraries, names, certificates and the time. Nothing of it is a secret. */
const SETTINGS = [
  "/etc/alternatives",
  "/etc/ca-certificates",
  "/etc/group",
  "/etc/hosts",
  "/etc/ld.so.cache",
  "/etc/ld.so.conf",
  "/etc/ld.so.conf.d",
  "/etc/localtime",
  "/etc/nsswitch.conf",
  "/etc/passwd",
  "/etc/pki/ca-trust",
  "/etc/pki/tls/certs",
  "/etc/resolv.conf",
  "/etc/ssl/certs",
  "/etc/ssl/openssl.cnf",
  "/etc/terminfo",
  "/etc/timezone",
];

/** What of this machine every program finds, read-only: no home, no /run, no /var, no /root, no /sys. */
export async function systemMounts(): Promise<readonly Mount[]> {
  const found = await Promise.all([...FOLDERS.map(folderMount), ...SETTINGS.map(settingMount)]);
  return found.filter((mount) => mount !== undefined);
}

async function folderMount(path: string): Promise<Mount | undefined> {
  try {
    const about = await lstat(path);
    if (about.isSymbolicLink()) return { kind: "link", target: await readlink(path), to: path };
    return about.isDirectory() ? { kind: "read", from: path, to: path } : undefined;
  } catch {
    // This distribution has none.
    return undefined;
  }
}

async function settingMount(path: string): Promise<Mount | undefined> {
  try {
    await stat(path);
    return { kind: "read", from: path, to: path };
  } catch {
    return undefined;
  }
}
