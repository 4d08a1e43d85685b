import type { CallToolResult } from "@modelcontextprotocol/server";
import { PleiadError } from "@pleiad/sdk/errors";
import { plain } from "../face/plain.ts";

/** An answer for the model, as text and as values. */
export function answerResult(answer: Readonly<Record<string, unknown>>): CallToolResult {
  return { content: [{ type: "text", text: JSON.stringify(answer) }], structuredContent: answer };
}

/** An error that the model can act upon. Anything but an expected one is a bug, and thrown on. */
export function errorResult(error: unknown): CallToolResult {
  if (!(error instanceof PleiadError)) throw error;
  const { code, message, hint, retryable } = error;
  const details = plain(error.details);
  return {
    isError: true,
    content: [{ type: "text", text: errorText(error) }],
    structuredContent: {
      error: { code, message, ...(hint === undefined ? {} : { hint }), retryable, details },
    },
  };
}

/** What a model is told of an error. */
export function errorText({ code, message, hint, retryable }: PleiadError): string {
  const lines = [
    `${code}: ${message}`,
    ...(hint === undefined ? [] : [`What to do: ${hint}`]),
    ...(retryable ? ["The same call may succeed later."] : []),
  ];
  return lines.join("\n");
}
