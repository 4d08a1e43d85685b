import { type FormEvent, useState } from "react";
import { type ClosedReason, openSession, tokenIn } from "../session.ts";
import { Command } from "./basics.tsx";

const TITLES: Readonly<Record<ClosedReason, string>> = {
  missing: "Open this page with a token",
  wrong: "This token does not open this daemon",
  expired: "The token has expired",
};

const WHY: Readonly<Record<ClosedReason, string>> = {
  missing:
    "The page keeps its token in memory alone, so it is gone when the page is loaded anew. On the daemon's machine, have an address made:",
  wrong: "It is of another daemon, or it was revoked. On the daemon's machine, have a new address made:",
  expired: "It was made for a time, which is over. On the daemon's machine, have a new address made:",
};

/** Where whoever has no token that counts is told how to get one. */
export function Door({ reason }: { readonly reason: ClosedReason }) {
  const [text, setText] = useState("");
  function submit(event: FormEvent): void {
    event.preventDefault();
    const token = tokenIn(text) ?? text.trim();
    setText("");
    if (token !== "") openSession(token);
  }
  return (
    <main className="door">
      <section className="calm">
        <h1>{TITLES[reason]}</h1>
        <p>{WHY[reason]}</p>
        <p>
          <Command line="pleiad dashboard" />
        </p>
        <form onSubmit={submit} className="door-form">
          <label htmlFor="token">Or paste the address, or a token</label>
          <input
            id="token"
            type="password"
            autoComplete="off"
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
          <button type="submit" disabled={text.trim() === ""}>
            Open
          </button>
        </form>
      </section>
    </main>
  );
}
