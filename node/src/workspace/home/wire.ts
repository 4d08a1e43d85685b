import { z } from "zod";
import { workspaceError } from "../errors.ts";
import { CONTEXT_VALUE_BYTES_MAX, HOME_MESSAGE_BYTES_MAX, RULES_BYTES_MAX } from "../limits.ts";
import type { HomeAnswer, HomeRequest } from "../ports.ts";
import { ENTRY_ID, KEY, REQUEST_ID } from "../views/entryTypes.ts";
import { PARTY_ID } from "../views/party.ts";

/** How requests to a home and its answers travel: JSON in UTF-8, at most `HOME_MESSAGE_BYTES_MAX`. */

const version = z.string().regex(ENTRY_ID);
const party = z.string().regex(PARTY_ID);
const value = z.string().refine((text) => Buffer.byteLength(text) <= CONTEXT_VALUE_BYTES_MAX);

const request = z.strictObject({
  cluster: z
    .string()
    .regex(/^(?:0|[1-9][0-9]{0,77})$/)
    .transform(BigInt),
  request: z.string().regex(REQUEST_ID),
  writer: party,
  target: z.discriminatedUnion("view", [
    z.strictObject({ view: z.literal("context"), key: z.string().regex(KEY), value: value.nullable() }),
    z.strictObject({
      view: z.literal("rules"),
      text: z.string().refine((text) => Buffer.byteLength(text) <= RULES_BYTES_MAX),
    }),
  ]),
  ifVersion: version.nullable(),
  ifOrder: z
    .string()
    .regex(/^[0-9a-f]{60}$/)
    .optional(),
});

const answer = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("written"), id: version }),
  z.strictObject({
    kind: z.literal("conflict"),
    current: z.strictObject({ version, value: z.string().nullable(), writer: party }).nullable(),
  }),
  z.strictObject({
    kind: z.literal("refused"),
    code: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/),
    message: z.string().max(1_000),
    retryable: z.boolean(),
  }),
]);

export function encodeHomeRequest(asked: HomeRequest): Uint8Array {
  return encode({ ...asked, cluster: String(asked.cluster) });
}

export function encodeHomeAnswer(answered: HomeAnswer): Uint8Array {
  return encode(answered);
}

/** @throws PleiadError HOME_MESSAGE_MALFORMED */
export function decodeHomeRequest(bytes: Uint8Array): HomeRequest {
  return decode(request, bytes) as HomeRequest;
}

/** @throws PleiadError HOME_MESSAGE_MALFORMED */
export function decodeHomeAnswer(bytes: Uint8Array): HomeAnswer {
  return decode(answer, bytes) as HomeAnswer;
}

function encode(message: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message));
}

function decode<T>(schema: z.ZodType<T>, bytes: Uint8Array): T {
  if (bytes.length > HOME_MESSAGE_BYTES_MAX) throw malformed(`it has ${bytes.length} bytes`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw malformed("it is no JSON in UTF-8", cause);
  }
  const checked = schema.safeParse(parsed);
  if (checked.success) return checked.data;
  throw malformed(checked.error.issues[0]?.message ?? "it is another thing", checked.error);
}

function malformed(reason: string, cause?: unknown) {
  return workspaceError(
    "HOME_MESSAGE_MALFORMED",
    `a request to a home, or its answer, is malformed: ${reason}`,
    {
      cause,
    },
  );
}
