import { expect } from "chai";

/** What a program in a sandbox sees at a path, and can do there. */
export interface Seen {
  /** The path outside; undefined for an empty folder or file, and for what is not there. */
  readonly from: string | undefined;
  readonly writable: boolean;
}

/** Options of bwrap that take no value, one, or two. */
const VALUES: Readonly<Record<string, number>> = {
  "--unshare-user-try": 0,
  "--unshare-ipc": 0,
  "--unshare-pid": 0,
  "--unshare-uts": 0,
  "--unshare-cgroup-try": 0,
  "--unshare-net": 0,
  "--die-with-parent": 0,
  "--new-session": 0,
  "--cap-drop": 1,
  "--proc": 1,
  "--dev": 1,
  "--tmpfs": 1,
  "--remount-ro": 1,
  "--chdir": 1,
  "--bind": 2,
  "--ro-bind": 2,
  "--symlink": 2,
};

interface Mounted {
  readonly at: string;
  readonly from: string | undefined;
  writable: boolean;
}

/**
 * What the arguments of bwrap come to, as its manual describes them: done in their order, each over what was there before. Refuses
 * an option that it does not know.
 */
export function viewOf(args: readonly string[]): {
  readonly flags: readonly string[];
  readonly workFolder: string | undefined;
  at(path: string): Seen;
} {
  const flags: string[] = [];
  const mounted: Mounted[] = [{ at: "/", from: undefined, writable: true }];
  let workFolder: string | undefined;
  const covering = (path: string) =>
    mounted.findLast(({ at }) => at === "/" || path === at || path.startsWith(`${at}/`)) as Mounted;
  const end = args.indexOf("--");
  const own = args.slice(0, end < 0 ? args.length : end);
  for (let index = 0; index < own.length; index += 1) {
    const option = own[index] as string;
    const count = VALUES[option];
    expect(count, `option ${option}`).not.to.equal(undefined);
    const [first = "", second = ""] = own.slice(index + 1, index + 1 + (count ?? 0));
    index += count ?? 0;
    switch (option) {
      case "--bind":
      case "--ro-bind":
        mounted.push({ at: second, from: first, writable: option === "--bind" });
        break;
      case "--tmpfs":
      case "--dev":
      case "--proc":
        mounted.push({ at: first, from: undefined, writable: true });
        break;
      case "--remount-ro":
        for (const one of mounted) if (one.at === first) one.writable = false;
        break;
      case "--chdir":
        workFolder = first;
        break;
      case "--symlink":
        break;
      default:
        flags.push(option);
    }
  }
  return {
    flags,
    workFolder,
    at(path) {
      const { at, from, writable } = covering(path);
      if (from === undefined || from === "/dev/null") return { from: undefined, writable };
      return { from: from + path.slice(at === "/" ? 0 : at.length), writable };
    },
  };
}
