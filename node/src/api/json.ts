/** JSON text of a value that may hold bigints (as decimal strings), maps (as objects) and bytes (as 0x hex). */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === "bigint") return inner.toString();
    if (inner instanceof Map) return Object.fromEntries(inner);
    if (inner instanceof Uint8Array) return `0x${Buffer.from(inner).toString("hex")}`;
    return inner;
  });
}
