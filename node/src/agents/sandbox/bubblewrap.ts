/** One thing that a program finds in its sandbox. Paths are absolute. */
export type Mount =
  | { readonly kind: "read" | "write"; readonly from: string; readonly to: string }
  /** An empty folder in place of what is there. */
  | { readonly kind: "empty"; readonly to: string }
  /** An empty file in place of what is there. */
  | { readonly kind: "nothing"; readonly to: string }
  | { readonly kind: "link"; readonly target: string; readonly to: string };

/** What bwrap is told. */
export interface BubblewrapPlan {
  readonly network: boolean;
  readonly workFolder: string;
  readonly mounts: readonly Mount[];
}

/**
 * The arguments of bwrap, without the program: namespaces of its own, an empty root, and in it what `mounts` says, from the root
 * down; so what is shown inside of something hidden is there, and what is hidden inside of something shown is not.
 *
 * - The outer process dies with the guard, and everything inside with it: its first process is the namespace's.
 * - No option that takes a secret: arguments of a process are public.
 */
export function bubblewrapArguments({ network, workFolder, mounts }: BubblewrapPlan): string[] {
  const inOrder = [...mounts]
    .map((mount, index) => ({ mount, index }))
    .sort((a, b) => depthOf(a.mount.to) - depthOf(b.mount.to) || a.index - b.index)
    .map(({ mount }) => mount);
  const emptied = inOrder.filter(({ kind }) => kind === "empty").map(({ to }) => to);
  return [
    ...["--unshare-user-try", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try"],
    ...(network ? [] : ["--unshare-net"]),
    ...["--die-with-parent", "--new-session", "--cap-drop", "ALL"],
    ...["--proc", "/proc", "--dev", "/dev"],
    ...inOrder.flatMap(argumentsOf),
    // What holds the mounts takes no files itself: they would be in memory, and count nowhere.
    ...["/dev", ...emptied, "/"].flatMap((path) => ["--remount-ro", path]),
    ...["--chdir", workFolder],
  ];
}

function argumentsOf(mount: Mount): string[] {
  switch (mount.kind) {
    case "read":
      return ["--ro-bind", mount.from, mount.to];
    case "write":
      return ["--bind", mount.from, mount.to];
    case "empty":
      return ["--tmpfs", mount.to];
    case "nothing":
      return ["--ro-bind", "/dev/null", mount.to];
    case "link":
      return ["--symlink", mount.target, mount.to];
  }
}

function depthOf(path: string): number {
  return path.split("/").filter((part) => part !== "").length;
}
