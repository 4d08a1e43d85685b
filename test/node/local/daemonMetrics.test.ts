import { expect } from "chai";
import { describe, it } from "mocha";
import { createMetrics } from "../../../node/src/local/daemonMetrics.ts";
import { METRIC_UNITS, METRICS, type MetricEntry } from "../../../node/src/local/metricsTable.ts";

describe("the metrics", () => {
  it("all begin with pleiad_, end in their unit, and a counter in _total after it", () => {
    for (const [name, { kind }] of Object.entries(METRICS)) {
      const stem = kind === "counter" ? name.replace(/_total$/, "") : name;
      expect(stem === name, name).to.equal(kind !== "counter");
      expect(name.startsWith("pleiad_"), name).to.equal(true);
      expect(METRIC_UNITS as readonly string[], name).to.include(stem.slice(stem.lastIndexOf("_") + 1));
      expect(name.includes("_total") && kind !== "counter", name).to.equal(false);
    }
  });

  it("stand in the text with their kind and meaning, and a gauge that nobody could read has no value, rather than 0", async () => {
    const metrics = createMetrics();
    const text = await metrics.text();
    metrics.stop();
    expect(text).not.to.match(/^pleiad_account_balance_ether /m);
    for (const [name, entry] of Object.entries(METRICS) as [string, MetricEntry][]) {
      expect(text, name).to.contain(`# HELP ${name} ${entry.help}\n# TYPE ${name} ${entry.kind}\n`);
    }
  });

  it("count what happens, read what is, and forget a label that nobody sets any more", async () => {
    const metrics = createMetrics();
    let code: string | undefined = "INSUFFICIENT_FUNDS";
    let lines = 3;
    metrics.onScrape((set) => {
      if (code !== undefined) set("pleiad_held_up_state", 1, { code });
      set("pleiad_log_lines_total", lines, { level: "warn" });
    });
    metrics.add("pleiad_ended_jobs_total", { outcome: "final" });
    metrics.add("pleiad_used_gas_total", {}, 21_000);
    metrics.observe("pleiad_job_answer_seconds", 0.7);
    const before = await metrics.text();
    expect(before).to.contain('pleiad_held_up_state{code="INSUFFICIENT_FUNDS"} 1');
    expect(before).to.contain('pleiad_log_lines_total{level="warn"} 3');
    expect(before).to.contain('pleiad_ended_jobs_total{outcome="final"} 1');
    expect(before).to.contain("pleiad_used_gas_total 21000");
    expect(before).to.contain('pleiad_job_answer_seconds_bucket{le="0.5"} 0');
    expect(before).to.contain('pleiad_job_answer_seconds_bucket{le="1"} 1');
    code = undefined;
    lines = 4;
    const after = await metrics.text();
    metrics.stop();
    expect(after).not.to.contain("INSUFFICIENT_FUNDS");
    expect(after).to.contain('pleiad_log_lines_total{level="warn"} 4');
  });
});
