import type { ToolSpec } from "../driver.ts";

/** A tool as OpenAI's APIs describe a function; its two APIs put it into different places. */
export function functionOf({ name, description, parameters }: ToolSpec): object {
  return { name, description, parameters };
}

/** The field of a request that offers tools, each in the API's own form; no field where there are none. */
export function toolsField(
  tools: readonly ToolSpec[],
  encode: (tool: ToolSpec) => object,
): { readonly tools?: object[] } {
  return tools.length === 0 ? {} : { tools: tools.map(encode) };
}
