import { z } from "zod";
import { PleiadError } from "../errors/base.ts";
import { sdkError } from "../errors/sdkError.ts";
import type { WorkspaceEndpoint } from "./endpoint.ts";
import { wrongInput } from "./wrongInput.ts";

/** A daemon's API, and as whom it is asked. */
export interface DaemonAddress {
  /** As `http://127.0.0.1:8645`. */
  readonly apiUrl: string;
  readonly token: string;
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
}

/** What a daemon answers where it refuses. */
const refusalSchema = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  retryable: z.boolean().default(false),
  details: z.record(z.string(), z.unknown()).default({}),
});

/**
 * Asks a daemon one thing and checks what it answers.
 *
 * @param base Path below which the endpoint is: `/workspace/3`, `/manager`.
 * @param signal Ends the waiting for the answer; what was asked may still be done.
 * @throws PleiadError WORKSPACE_INPUT_INVALID before anything is sent; WORKSPACE_UNREACHABLE (retryable);
 * WORKSPACE_ANSWER_INVALID; whatever code the daemon refuses with
 */
export async function askEndpoint<Input extends z.ZodObject, Output extends z.ZodObject>(
  client: DaemonAddress,
  base: string,
  endpoint: WorkspaceEndpoint<Input, Output>,
  input: z.input<Input>,
  signal?: AbortSignal,
): Promise<z.output<Output>> {
  const checked = endpoint.input.safeParse(input);
  if (!checked.success) throw wrongInput(endpoint, checked.error);
  const response = await send(client, base, endpoint, checked.data, signal);
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw refusalOf(client, endpoint, response.status, body);
  const answer = endpoint.output.safeParse(body);
  if (answer.success) return answer.data;
  throw sdkError(
    "WORKSPACE_ANSWER_INVALID",
    `${client.apiUrl} answered ${endpoint.name} with something else: ${wrongIn(answer.error)}`,
    { details: { operation: endpoint.name } },
  );
}

async function send(
  client: DaemonAddress,
  base: string,
  endpoint: WorkspaceEndpoint,
  input: Readonly<Record<string, unknown>>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const url = new URL(`${base}/${endpoint.path}`, client.apiUrl);
  const isRead = endpoint.method === "GET";
  if (isRead) addQuery(url, input);
  const ends = [AbortSignal.timeout(client.timeoutMs), ...(signal === undefined ? [] : [signal])];
  try {
    return await client.fetch(url, {
      method: endpoint.method,
      headers: {
        authorization: `Bearer ${client.token}`,
        ...(isRead ? {} : { "content-type": "application/json" }),
      },
      ...(isRead ? {} : { body: JSON.stringify(input) }),
      signal: AbortSignal.any(ends),
    });
  } catch (cause) {
    // The caller's own end is the caller's to name.
    signal?.throwIfAborted();
    throw sdkError("WORKSPACE_UNREACHABLE", `the daemon at ${client.apiUrl} does not answer`, { cause });
  }
}

/** Lists as the same name several times; what is not there is left out. */
function addQuery(url: URL, input: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(input)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one));
  }
}

function refusalOf(
  { apiUrl }: DaemonAddress,
  { name }: WorkspaceEndpoint,
  status: number,
  body: unknown,
): PleiadError {
  const said = refusalSchema.safeParse(body);
  if (said.success) {
    const { code, message, hint, retryable, details } = said.data;
    return new PleiadError(message, { code, retryable, details, ...(hint === undefined ? {} : { hint }) });
  }
  return sdkError("WORKSPACE_ANSWER_INVALID", `${apiUrl} refused ${name} with ${status} and no reason`, {
    details: { operation: name, status },
  });
}

function wrongIn(error: z.ZodError): string {
  const [issue] = error.issues;
  return `"${issue?.path.join(".")}": ${issue?.message}`;
}
