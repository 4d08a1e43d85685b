import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { METRICS, type MetricEntry } from "../node/src/local/metricsTable.ts";
import { type OperationsFiles, operationsMistakes } from "./operations.ts";

/**
 * Checks that the dashboard shows every metric that the daemon has, that neither it nor the alerts ask for one that there
 * is not, and that every alert is explained. Prints each mistake and exits 1.
 */
const root = resolve(import.meta.dirname, "..");
const textOf = (path: string) => readFileSync(join(root, path), "utf8");

const files: OperationsFiles = {
  metrics: METRICS as Readonly<Record<string, MetricEntry>>,
  dashboard: JSON.parse(textOf("node/operations/grafana-dashboard.json")),
  alerts: parse(textOf("node/operations/alerts.yaml")),
  page: textOf("docs/operations.md"),
};
const mistakes = operationsMistakes(files);
if (mistakes.length > 0) {
  console.error(mistakes.join("\n"));
  process.exit(1);
}
console.log("dashboard, alerts and metrics agree");
