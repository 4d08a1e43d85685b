import { CAPABILITIES_MAX } from "../../workspace/limits.ts";

/** A registration file that stands in its address is read up to so many characters: the chain takes little more. */
export const REGISTRATION_CHARS_MAX = 16_384;
/** Agents whose files are kept as they were read. */
export const REGISTRATIONS_KEPT_MAX = 4_096;

/** What an agent's file says of it: whoever wrote it may say anything, so it is a claim, and bounded. */
export interface Registration {
  readonly name: string | undefined;
  /** In lower case, each once. */
  readonly capabilities: readonly string[];
}

const NOTHING: Registration = { name: undefined, capabilities: [] };
const CAPABILITY = /^[a-z0-9][a-z0-9 ._:/+-]{0,63}$/;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u;

/** Whether a manager takes up a capability so written. */
export function isCapability(text: string): boolean {
  return CAPABILITY.test(text);
}

/** Whether a manager takes up a name so written. */
export function isRegistrationName(text: string): boolean {
  return NAME.test(text);
}

/** Keeps what files say that stand in their address whole (`data:`). No other is ever fetched for a look at the fleet. */
export interface Registrations {
  of(agent: bigint, uri: string): Registration;
}

export function createRegistrations(): Registrations {
  const known = new Map<bigint, { readonly uri: string; readonly says: Registration }>();
  return {
    of(agent, uri) {
      if (!uri.startsWith("data:")) return NOTHING;
      const kept = known.get(agent);
      if (kept?.uri === uri) return kept.says;
      const says = readRegistration(uri);
      known.delete(agent);
      known.set(agent, { uri, says });
      const [oldest] = known.keys();
      if (known.size > REGISTRATIONS_KEPT_MAX && oldest !== undefined) known.delete(oldest);
      return says;
    },
  };
}

/** What a `data:` address holds; nothing where it is none, too long, or no JSON object. Never throws. */
export function readRegistration(uri: string): Registration {
  if (uri.length > REGISTRATION_CHARS_MAX) return NOTHING;
  const [, isBase64, body = ""] =
    /^data:application\/json(?:;charset=utf-8)?(;base64)?,(.*)$/is.exec(uri) ?? [];
  let value: unknown;
  try {
    value = JSON.parse(
      isBase64 === undefined ? decodeURIComponent(body) : Buffer.from(body, "base64").toString("utf8"),
    );
  } catch {
    return NOTHING;
  }
  if (typeof value !== "object" || value === null) return NOTHING;
  const { name, capabilities, skills, role } = value as Readonly<Record<string, unknown>>;
  const said = [...listOf(capabilities), ...listOf(skills), role]
    .filter((one) => typeof one === "string")
    .map((one) => one.trim().toLowerCase())
    .filter(isCapability);
  return {
    name: typeof name === "string" && isRegistrationName(name) ? name : undefined,
    capabilities: [...new Set(said)].slice(0, CAPABILITIES_MAX),
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, CAPABILITIES_MAX * 2) : [];
}
