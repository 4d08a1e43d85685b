import { PleiadError } from "@pleiad/sdk/errors";

/** The number of a thing in a route's path. @throws PleiadError API_ID_INVALID */
export function idIn(params: unknown, name: string): bigint {
  const text = (params as Readonly<Record<string, string>>)[name] ?? "";
  if (/^\d{1,78}$/.test(text)) return BigInt(text);
  throw new PleiadError(`"${text.slice(0, 80)}" is no ${name}`, {
    code: "API_ID_INVALID",
    hint: `name the ${name} by its number`,
  });
}
