import { type Hex, keccak256, stringToBytes } from "viem";

/** What can be told apart by a digest. */
export type Canonical =
  | string
  | number
  | bigint
  | boolean
  | undefined
  | null
  | readonly Canonical[]
  | { readonly [key: string]: Canonical };

/** Digest of a value: the same for the same values, in whatever order their keys were put, and another one for any other. */
export function digestOf(value: Canonical): Hex {
  return keccak256(stringToBytes(textOf(value)));
}

/** Each kind of value has a first letter of its own, so that 1, 1n and "1" are three values. */
function textOf(value: Canonical): string {
  if (value === undefined) return "u";
  if (value === null) return "z";
  if (typeof value === "bigint") return `i${value}`;
  if (typeof value === "number") return `n${Object.is(value, -0) ? 0 : value}`;
  if (typeof value === "boolean") return value ? "t" : "f";
  if (typeof value === "string") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(textOf).join(",")}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${textOf(value[key])}`).join(",")}}`;
}

function isList(value: object): value is readonly Canonical[] {
  return Array.isArray(value);
}
