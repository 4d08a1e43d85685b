import { isLoopbackUrl } from "../../config/relations.ts";

/** An address of the chain's as everybody with a token may know it: on this machine, with no place in it where a key could stand. Else null. */
export function tellableUrl(url: string): string | null {
  if (!isLoopbackUrl(url)) return null;
  const { username, password, pathname, search, hash } = new URL(url);
  return [username, password, search, hash].every((part) => part === "") && pathname === "/" ? url : null;
}
