import { createHmac } from "node:crypto";
import { PleiadError } from "@pleiad/sdk/errors";
import { readPrivateFile } from "../../config/privateFile.ts";
import { SINK_SECRET_BYTES_MAX, SINK_SECRET_BYTES_MIN } from "../limits.ts";
import type { Deliver, Delivery } from "./outbox.ts";
import type { Post } from "./post.ts";

/** Version of how a request is signed; a later one stands beside it for a while. */
const SIGNATURE_VERSION = "v1";

/** What a webhook's request says. The order of its keys is that of docs/manager.md. */
export function webhookBody(manager: string, { id, event, alert }: Delivery): string {
  const { id: alertId, name, subject, state, value, threshold, summary, sinceMs, ...rest } = alert;
  const { firedAtMs, resolvedAtMs, acknowledgedBy } = rest;
  return JSON.stringify({
    delivery: id,
    event,
    manager,
    alert: {
      id: alertId,
      name,
      subject,
      state,
      value,
      threshold,
      summary,
      sinceMs,
      firedAtMs,
      resolvedAtMs,
      acknowledgedBy,
    },
  });
}

/** The signature of a request: over the time at which it is sent and its body, so that it is of no use at another. */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  const mac = createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest("hex");
  return `${SIGNATURE_VERSION}=${mac}`;
}

/**
 * Delivers to a webhook. The secret is read anew for each try, so that it can be changed.
 *
 * @throws PleiadError ALERT_SINK_FAILED (retryable), ALERT_SECRET_MISSING, ALERT_SECRET_MODE, ALERT_SECRET_UNREADABLE
 */
export function createWebhook(
  options: { readonly manager: string; readonly url: string; readonly secretFile: string },
  modules: { readonly post: Post; readonly now: () => number },
): Deliver {
  const { manager, url, secretFile } = options;
  return async (delivery, signal) => {
    const secret = await readSecret(secretFile);
    const body = webhookBody(manager, delivery);
    const timestamp = String(Math.floor(modules.now() / 1_000));
    const headers = {
      "pleiad-delivery": delivery.id,
      "pleiad-timestamp": timestamp,
      "pleiad-signature": signatureOf(secret, timestamp, body),
    };
    await modules.post({ url, headers, body }, signal);
  };
}

/**
 * The secret of a webhook, as it is now.
 *
 * @throws PleiadError ALERT_SECRET_MISSING, ALERT_SECRET_MODE, ALERT_SECRET_UNREADABLE
 */
export async function readSecret(path: string): Promise<string> {
  const content = await readPrivateFile(path, {
    what: "the secret of an alert sink",
    bytesMax: SINK_SECRET_BYTES_MAX,
    codes: {
      missing: "ALERT_SECRET_MISSING",
      unreadable: "ALERT_SECRET_UNREADABLE",
      mode: "ALERT_SECRET_MODE",
      tooLarge: "ALERT_SECRET_UNREADABLE",
    },
  });
  const secret = content.replace(/\r?\n$/, "");
  if (Buffer.byteLength(secret) >= SINK_SECRET_BYTES_MIN) return secret;
  throw new PleiadError(
    `the secret of an alert sink at ${path} is shorter than ${SINK_SECRET_BYTES_MIN} bytes`,
    {
      code: "ALERT_SECRET_MISSING",
      hint: "make one: (umask 077; openssl rand -hex 32 > FILE)",
      details: { path },
    },
  );
}
