/**
 * The token, which is in this page's memory and nowhere else: it comes behind the `#` of the address, which no browser sends, and is
 * taken out of the address at once, so that it stands in no copied link. A page that is loaded anew has none.
 */
type Session =
  | { readonly state: "open"; readonly token: string }
  | { readonly state: "closed"; readonly reason: ClosedReason };

/** `missing`: none was shown yet. `wrong`, `expired`: what the daemon said of it. */
export type ClosedReason = "missing" | "wrong" | "expired";

let session: Session = { state: "closed", reason: "missing" };
const listeners = new Set<() => void>();

export function currentSession(): Session {
  return session;
}

export function onSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function openSession(token: string): void {
  set({ state: "open", token });
}

/** What was shown is forgotten by whoever listens. */
export function closeSession(reason: ClosedReason): void {
  if (session.state === "open") set({ state: "closed", reason });
}

/** Takes the token out of the address, if there is one in it. */
export function takeTokenOfAddress(): void {
  const token = tokenIn(location.hash);
  if (token === undefined) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  openSession(token);
}

/** The token of what somebody pastes: a whole address, what is behind its `#`, or the token itself. */
export function tokenIn(text: string): string | undefined {
  const behind = /#(.*)$/s.exec(text.trim())?.[1];
  const named = new URLSearchParams(behind ?? "").get("token");
  return named === null || named === "" ? undefined : named;
}

function set(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}
