import { expect } from "chai";
import { describe, it } from "mocha";
import { type OperationsFiles, operationsMistakes } from "../../scripts/operations.ts";

const FILES: OperationsFiles = {
  metrics: {
    pleiad_a_jobs_total: { kind: "counter", help: "", labels: ["outcome"] },
    pleiad_b_seconds: { kind: "histogram", help: "", buckets: [1] },
  },
  dashboard: {
    panels: [
      { type: "row", title: "Work" },
      {
        type: "timeseries",
        title: "A",
        targets: [
          {
            expr: 'sum by (outcome) (rate(pleiad_a_jobs_total{instance=~"x"}[5m]))',
            legendFormat: "{{outcome}}",
          },
        ],
      },
      {
        type: "timeseries",
        title: "B",
        targets: [{ expr: "sum by (le) (rate(pleiad_b_seconds_bucket[5m]))" }],
      },
    ],
  },
  alerts: {
    groups: [
      {
        rules: [
          {
            alert: "PleiadAFails",
            expr: 'rate(pleiad_a_jobs_total{outcome="failed"}[5m]) > 0',
            labels: { severity: "warn" },
            annotations: { summary: "it fails" },
          },
        ],
      },
    ],
  },
  page: "| `PleiadAFails` | it fails | mend it |\n",
};
const PANEL = { type: "timeseries", title: "C" };

/** The files with one more panel. */
function withPanel(expr: string, legendFormat = ""): OperationsFiles {
  const panels = [...FILES.dashboard.panels, { ...PANEL, targets: [{ expr, legendFormat }] }];
  return { ...FILES, dashboard: { panels } };
}

function withRule(change: object): OperationsFiles {
  const [rule] = FILES.alerts.groups[0]?.rules ?? [];
  if (rule === undefined) throw new Error("there is a rule");
  return { ...FILES, alerts: { groups: [{ rules: [{ ...rule, ...change }] }] } };
}

describe("the check of dashboard and alerts", () => {
  const cases: readonly (readonly [string, OperationsFiles, string])[] = [
    [
      "a metric that no panel shows",
      { ...FILES, metrics: { ...FILES.metrics, pleiad_c_blocks: { kind: "gauge", help: "" } } },
      "dashboard: no panel shows pleiad_c_blocks",
    ],
    [
      "a panel that asks for a metric that is not there",
      withPanel("pleiad_gone_jobs"),
      "there is no metric pleiad_gone_jobs",
    ],
    [
      "a panel without an expression",
      { ...FILES, dashboard: { panels: [...FILES.dashboard.panels, PANEL] } },
      "has no expression",
    ],
    ["an expression that names no metric", withPanel("1 + 1"), "names no metric"],
    ["a histogram without its suffix", withPanel("pleiad_b_seconds"), "there is no metric pleiad_b_seconds"],
    ["a suffix on what is no histogram", withPanel("pleiad_a_jobs_total_bucket"), "there is no metric"],
    [
      "a selector with a label that is not there",
      withPanel('pleiad_a_jobs_total{code="x"}'),
      "has no label code",
    ],
    [
      "a grouping by a label that is not there",
      withPanel("sum by (code) (pleiad_a_jobs_total)"),
      "has no label code",
    ],
    [
      "a legend with a label that is not there",
      withPanel("pleiad_a_jobs_total", "{{code}}"),
      "has no label code",
    ],
    [
      "an alert on a metric that is not there",
      withRule({ expr: "pleiad_gone_jobs > 0" }),
      "alert PleiadAFails: there is no metric",
    ],
    ["an alert without severity", withRule({ labels: {} }), "has no severity"],
    ["an alert without a summary", withRule({ annotations: {} }), "has no summary"],
    [
      "an alert that the page does not explain",
      { ...FILES, page: "" },
      "does not explain the alert PleiadAFails",
    ],
    [
      "an alert that the page explains by half",
      { ...FILES, page: "| `PleiadAFails` | it fails |  |" },
      "needs what it means and what to do",
    ],
    [
      "an explanation of an alert that is not there",
      { ...FILES, page: `${FILES.page}| \`PleiadGone\` | it went | look |` },
      "there is no alert PleiadGone",
    ],
  ];

  it("is content with what fits", () => {
    expect(operationsMistakes(FILES)).to.deep.equal([]);
  });
  for (const [what, files, sentence] of cases) {
    it(`finds ${what}`, () => {
      const mistakes = operationsMistakes(files);
      expect(mistakes).to.have.lengthOf(1);
      expect(mistakes[0]).to.contain(sentence);
    });
  }
});
