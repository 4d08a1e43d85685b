import { z } from "zod";
import { ALERT_SINKS_MAX } from "../limits.ts";

/** A place that alerts go to. `name` tells it apart in metrics, in the log and in what waits for it. */
export type AlertSinkSettings =
  | { readonly kind: "log"; readonly name: string }
  | {
      readonly kind: "webhook";
      readonly name: string;
      readonly url: string;
      /** Path of the file with the secret that requests are signed with; relative to the manager's file until that is read. */
      readonly secretFile: string;
    }
  | { readonly kind: "alertmanager"; readonly name: string; readonly url: string };

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,30}$/, "expected a name of small letters, digits and -, at most 31");

/** Only what the operator writes here is ever called. A user and password in it would be in every log of a proxy. */
function isCallable(text: string, mayAsk: boolean): boolean {
  if (text.length > 2_048 || !URL.canParse(text)) return false;
  const { protocol, username, password, hash, search } = new URL(text);
  return /^https?:$/.test(protocol) && username + password + hash === "" && (mayAsk || search === "");
}

const log = z.strictObject({ kind: z.literal("log"), name: name.default("log") });
const webhook = z
  .strictObject({
    kind: z.literal("webhook"),
    name,
    url: z
      .string()
      .refine((text) => isCallable(text, true), "expected an http or https URL without user and #"),
    secret_file: z.string().min(1).max(4_096),
  })
  .transform(({ secret_file: secretFile, ...rest }) => ({ ...rest, secretFile }));
const alertmanager = z.strictObject({
  kind: z.literal("alertmanager"),
  name,
  url: z
    .string()
    .refine(
      (text) => isCallable(text, false),
      "expected the http or https URL of an Alertmanager, without user, ? and #",
    ),
});

/** Every key that one of them knows. */
export const SINK_KEYS: readonly string[] = ["kind", "name", "url", "secret_file"];

export const sinksSchema: z.ZodType<readonly AlertSinkSettings[]> = z
  .array(
    z.discriminatedUnion("kind", [log, webhook, alertmanager], {
      error: (issue) =>
        issue.code === "invalid_union" ? "expected log, webhook or alertmanager" : undefined,
    }),
  )
  .max(ALERT_SINKS_MAX)
  .superRefine((sinks, context) => {
    for (const [index, sink] of sinks.entries())
      if (sinks.findIndex((other) => other.name === sink.name) < index)
        context.addIssue({ code: "custom", path: [index, "name"], message: "expected a name of its own" });
  });
