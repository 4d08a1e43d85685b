/** A word as a shell takes it for one. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * What has to be typed to run this program again: npm, which ran it, has it on its own search path only.
 *
 * @param env The environment, in which npm says how it was asked.
 */
export function programTyped(env: Readonly<NodeJS.ProcessEnv>): string {
  if (env.npm_command === "exec") return "npx pleiad";
  return env.npm_lifecycle_event === "pleiad" ? "npm run pleiad --" : "pleiad";
}
