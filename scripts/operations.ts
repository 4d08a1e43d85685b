import type { MetricEntry } from "../node/src/local/metricsTable.ts";

/** What `check-operations.ts` compares. */
export interface OperationsFiles {
  readonly metrics: Readonly<Record<string, MetricEntry>>;
  /** Grafana's JSON. */
  readonly dashboard: { readonly panels: readonly Panel[] };
  /** Prometheus' rules. */
  readonly alerts: { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
  /** docs/operations.md. */
  readonly page: string;
}

export interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat?: string }[];
}

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: { readonly summary?: string };
}

/** Series of a histogram beside its own name. */
const HISTOGRAM_SUFFIXES = ["_bucket", "_sum", "_count"];
/** Labels that Prometheus adds, and that of a histogram's buckets. */
const OWN_LABELS = ["instance", "job", "le"];
/** What Prometheus itself says of a scrape. */
const FOREIGN_METRICS = ["up"];

/** Every way in which dashboard, alerts, metrics and page do not fit each other, as sentences. */
export function operationsMistakes({ metrics, dashboard, alerts, page }: OperationsFiles): string[] {
  const mistakes: string[] = [];
  const shown = new Set<string>();

  for (const panel of dashboard.panels) {
    if (panel.type === "row") continue;
    const expressions = panel.targets ?? [];
    if (expressions.length === 0) mistakes.push(`dashboard: panel "${panel.title}" has no expression`);
    for (const { expr, legendFormat = "" } of expressions) {
      const found = check(expr, `dashboard: panel "${panel.title}"`);
      for (const name of found) shown.add(name);
      const labels = [...legendFormat.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label = ""]) => label);
      for (const label of labels) requireLabel(label, found, `dashboard: legend of "${panel.title}"`);
    }
  }
  for (const name of Object.keys(metrics))
    if (!shown.has(name)) mistakes.push(`dashboard: no panel shows ${name}`);

  const rules = alerts.groups.flatMap((group) => group.rules);
  for (const { alert, expr, labels, annotations } of rules) {
    check(expr, `alert ${alert}`);
    if (labels?.severity === undefined) mistakes.push(`alert ${alert}: has no severity`);
    if (annotations?.summary === undefined) mistakes.push(`alert ${alert}: has no summary`);
    const row = page.split("\n").find((line) => line.startsWith(`| \`${alert}\` |`));
    const cells = row?.split(" | ").map((cell) => cell.replace(/\|/g, "").trim()) ?? [];
    if (row === undefined) mistakes.push(`docs/operations.md: does not explain the alert ${alert}`);
    else if (cells.length < 3 || cells.some((cell) => cell === ""))
      mistakes.push(`docs/operations.md: the alert ${alert} needs what it means and what to do`);
  }
  for (const [, name = ""] of page.matchAll(/^\| `(Pleiad[A-Za-z]+)` \|/gm))
    if (!rules.some(({ alert }) => alert === name))
      mistakes.push(`docs/operations.md: there is no alert ${name}`);
  return mistakes;

  /** The metrics that an expression names. */
  function check(expression: string, where: string): readonly string[] {
    const found: string[] = [];
    let isNamed = false;
    // What stands in quotes is a label's value.
    const bare = expression.replace(/"[^"]*"/g, '""');
    for (const [, series = "", selector = ""] of bare.matchAll(/\b(pleiad_\w+|up)\b(\{[^}]*\})?/g)) {
      isNamed = true;
      if (FOREIGN_METRICS.includes(series)) continue;
      const name = metricOf(series);
      if (name === undefined) {
        mistakes.push(`${where}: there is no metric ${series}`);
        continue;
      }
      found.push(name);
      for (const [, label = ""] of selector.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g))
        requireLabel(label, [name], where);
    }
    if (!isNamed) mistakes.push(`${where}: the expression names no metric: ${expression}`);
    for (const [, list = ""] of bare.matchAll(/\b(?:by|without)\s*\(([^)]*)\)/g))
      for (const label of list.split(",").map((word) => word.trim())) requireLabel(label, found, where);
    return found;
  }

  /** The metric of a series; undefined where there is none, as for a histogram's name alone. */
  function metricOf(series: string): string | undefined {
    const entry = metrics[series];
    if (entry !== undefined) return entry.kind === "histogram" ? undefined : series;
    const suffix = HISTOGRAM_SUFFIXES.find((ending) => series.endsWith(ending)) ?? "";
    const stem = series.slice(0, series.length - suffix.length);
    return suffix !== "" && metrics[stem]?.kind === "histogram" ? stem : undefined;
  }

  function requireLabel(label: string, names: readonly string[], where: string): void {
    if (OWN_LABELS.includes(label)) return;
    if (!names.some((name) => metrics[name]?.labels?.includes(label) === true))
      mistakes.push(`${where}: ${names.join(", ") || "nothing there"} has no label ${label}`);
  }
}
