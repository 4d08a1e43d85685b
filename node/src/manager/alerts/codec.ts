import { PleiadError } from "@pleiad/sdk/errors";
import { z } from "zod";
import type { Alert } from "../face.ts";

const timeMs = z.int().nonnegative();

/** An alert as it is kept and sent: what is undefined is null. */
export const plainAlertSchema = z.object({
  id: z.string(),
  name: z.enum(["cluster_size", "communication_latency", "resource_usage", "stability_score"]),
  subject: z.string(),
  state: z.enum(["pending", "firing", "acknowledged", "resolved"]),
  value: z.number(),
  threshold: z.number(),
  summary: z.string(),
  sinceMs: timeMs,
  firedAtMs: timeMs.nullable(),
  resolvedAtMs: timeMs.nullable(),
  acknowledgedBy: z.string().nullable(),
});
export type PlainAlert = z.output<typeof plainAlertSchema>;

export function plainAlert(alert: Alert): PlainAlert {
  return {
    ...alert,
    firedAtMs: alert.firedAtMs ?? null,
    resolvedAtMs: alert.resolvedAtMs ?? null,
    acknowledgedBy: alert.acknowledgedBy ?? null,
  };
}

export function alertOf(plain: PlainAlert): Alert {
  return {
    ...plain,
    firedAtMs: plain.firedAtMs ?? undefined,
    resolvedAtMs: plain.resolvedAtMs ?? undefined,
    acknowledgedBy: plain.acknowledgedBy ?? undefined,
  };
}

/** What a database gave, in its shape. The store has checked that it is what was written. @throws MANAGER_RECORD_UNKNOWN */
export function readRow<T extends z.ZodType>(key: string, schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PleiadError(`the manager's record "${key}" has another shape than this daemon writes`, {
    code: "MANAGER_RECORD_UNKNOWN",
    hint: "start the daemon that wrote it, or give cluster_manager.databases new names",
    details: { key },
  });
}
