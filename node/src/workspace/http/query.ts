import type { WorkspaceEndpoint } from "@pleiad/sdk/workspace/endpoint";
import { z } from "zod";

interface Property {
  readonly type?: string;
}

/**
 * A query as an endpoint's input: numbers, truth values and lists where the endpoint wants them. What does not fit stays
 * text, and the endpoint's own check names it.
 */
export function inputOfQuery(
  endpoint: WorkspaceEndpoint,
  query: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const properties = propertiesOf(endpoint);
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, fitted(properties[name]?.type, value)]),
  );
}

function fitted(type: string | undefined, value: unknown): unknown {
  if (type === "array") return Array.isArray(value) ? value : [value];
  if (typeof value !== "string") return value;
  if ((type === "integer" || type === "number") && /^-?\d{1,15}$/.test(value)) return Number(value);
  if (type === "boolean" && (value === "true" || value === "false")) return value === "true";
  return value;
}

function propertiesOf(endpoint: WorkspaceEndpoint): Readonly<Record<string, Property>> {
  const { properties = {} } = z.toJSONSchema(endpoint.input, { io: "input" });
  return properties as Readonly<Record<string, Property>>;
}
