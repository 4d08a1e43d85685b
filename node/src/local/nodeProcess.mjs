// How Node.js runs the command line and the daemon. Plain JavaScript: the bin loads it before TypeScript can be loaded.
import module from "node:module";

const SEMI_SPACE_FLAG = "--max-semi-space-size";
/**
 * Half of the young generation. Left alone, both halves grow to more than 50 MiB, which a daemon at rest fills with what
 * its looks at the chain leave behind. With 8 what a catch-up reads ahead is let go of before it would be put into the old
 * generation: with 4 a daemon at rest takes 4 MiB less, and one that catches up with 100,000 logs up to 17 more and a tenth
 * more time.
 */
const SEMI_SPACE_MIB_MAX = 8;

/**
 * After one large answer V8 would put whatever the same code makes straight into its old generation from then on: a
 * daemon that catches up with 100,000 logs takes 12 MiB more with this, and 100 MiB more without.
 */
const PRETENURING_FLAG = "--no-allocation-site-pretenuring";

/** Flags of a daemon's Node.js. */
export const DAEMON_FLAGS = [`${SEMI_SPACE_FLAG}=${SEMI_SPACE_MIB_MAX}`, PRETENURING_FLAG];

/**
 * For a daemon's allocator. glibc lets each thread keep free memory up to twice the largest block that was ever given
 * back, which is some megabytes after a start. Said outright, the bound stays where it begins. Other C libraries do not
 * read it.
 */
export const DAEMON_ENVIRONMENT = { MALLOC_TRIM_THRESHOLD_: "131072" };

/** The process that has started anew names itself here, so that none does so without end. A child inherits it to no effect. */
const ANEW_VARIABLE = "PLEIAD_STARTED_ANEW";
/** What Node.js takes the types out of TypeScript with: 20 to 30 MiB that stay. */
const STRIPPER = "internal/deps/amaro/";

/**
 * Keeps compiled code, without its types, in a folder: the next start of the same code is quicker and does not load what
 * takes types out. `NODE_COMPILE_CACHE` names another folder. Where the folder cannot be written, each start compiles.
 */
export function keepCompiled(folder) {
  module.enableCompileCache(folder);
}

/** Whether arguments start a daemon. */
export function startsDaemon(args) {
  const words = args.filter((arg) => !arg.startsWith("-"));
  return words[0] === "node" && words[1] === "start";
}

/**
 * Puts a process with the flags and the environment of a daemon in this one's place, if it has others. What the operator
 * set stays as it is.
 */
export function takeDaemonFlags(program, args) {
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ""].join(" ").replaceAll("_", "-");
  const flags = given.includes(SEMI_SPACE_FLAG) ? [] : DAEMON_FLAGS;
  const env = { ...DAEMON_ENVIRONMENT, ...process.env };
  if (flags.length > 0 || Object.keys(DAEMON_ENVIRONMENT).some((name) => process.env[name] === undefined)) {
    startAnew([...process.execArgv, ...flags], program, args, env);
  }
}

/** Whether this process had to take the types out of code: it was not compiled before. */
export function hasStripped() {
  return process.moduleLoadList.some((name) => name.includes(STRIPPER));
}

/**
 * Called when all code is loaded. If this process had to take types out of it, another one takes its place, which finds
 * the code without: a daemon runs for months after its first start.
 */
export function leaveStripperBehind(program, args) {
  const hasStartedAnew = process.env[ANEW_VARIABLE] === String(process.pid);
  if (!hasStripped() || hasStartedAnew || module.getCompileCacheDir() === undefined) return;
  module.flushCompileCache();
  startAnew(process.execArgv, program, args, { ...process.env, [ANEW_VARIABLE]: String(process.pid) });
}

/** The process keeps its id, its parent and its standard streams. */
function startAnew(flags, program, args, env) {
  process.execve(process.execPath, [process.execPath, ...flags, program, ...args], env);
}
