import type { Address } from "viem";
import type { LogAuthor, LogBody } from "../types/logEntry.ts";

/**
 * What the decrypted body of an entry says; undefined for bytes that are no body, which a member may have signed all the same.
 *
 * @example
 * const said = decodeLogBody(bytes);
 * if (said?.type === "message.sent") console.log(said.author, said.data);
 */
export function decodeLogBody(bytes: Uint8Array): LogBody | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    // What is not JSON in UTF-8 is no body; why it is not nobody needs to know.
    return undefined;
  }
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [type, authorText, data] = value as readonly unknown[];
  if (typeof type !== "string" || type.length > TYPE_CHARS_MAX || !TYPE_NAME.test(type)) return undefined;
  const author = typeof authorText === "string" ? authorOf(authorText) : undefined;
  if (author === undefined || typeof data !== "object" || data === null || Array.isArray(data))
    return undefined;
  return { type, author, data: data as Readonly<Record<string, unknown>> };
}

const TYPE_NAME = /^[a-z]+(\.[a-z-]+)+$/;
/** A name, not a text. */
const TYPE_CHARS_MAX = 48;

function authorOf(text: string): LogAuthor | undefined {
  if (text === "node") return { kind: "node" };
  const [, kind = "", name = ""] = /^(agent|helper|user):(.+)$/s.exec(text) ?? [];
  if (kind === "agent" && /^(0|[1-9][0-9]{0,77})$/.test(name)) return { kind, agent: BigInt(name) };
  if (kind === "helper" && /^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) return { kind, name };
  if (kind === "user" && /^0x[0-9a-f]{40}$/.test(name)) return { kind, user: name as Address };
  return undefined;
}
