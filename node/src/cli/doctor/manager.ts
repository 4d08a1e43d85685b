import { PleiadError } from "@pleiad/sdk/errors";
import type { Config } from "../../config/table.ts";
import { readSecret } from "../../manager/alerts/webhook.ts";
import { loadManagerFile } from "../../manager/config/load.ts";
import { type Finding, ok, warning, wrong } from "./finding.ts";

/** The cluster manager's file, without which the daemon does not start where pleiad.yaml names one; and what its webhooks sign with. */
export async function checkManager({ manager, network }: Config): Promise<Finding[]> {
  const path = manager.file;
  if (path === null) return [];
  try {
    const { settings, alerting } = await loadManagerFile(path);
    const file = network.enabled
      ? ok("manager", `"${settings.name}" in ${path}`)
      : wrong(
          "manager",
          "a cluster manager needs the network, which is off here",
          "set network.enabled to true, or take manager.file out of pleiad.yaml",
        );
    const secrets = alerting.sinks.flatMap((sink) => (sink.kind === "webhook" ? [sink.secretFile] : []));
    return [file, ...(await Promise.all(secrets.map(checkSecret))).flat()];
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    return [wrong("manager", error.message, error.hint ?? "correct the file")];
  }
}

/** The daemon starts without it, and alerts wait. */
async function checkSecret(path: string): Promise<Finding[]> {
  try {
    await readSecret(path);
    return [];
  } catch (error) {
    if (!(error instanceof PleiadError)) throw error;
    return [warning("alerts", error.message, error.hint ?? "correct the file")];
  }
}
