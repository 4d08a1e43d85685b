import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { METRICS, type MetricEntry, type MetricName } from "./metricsTable.ts";

type Labels = Readonly<Record<string, string>>;

/** How often the event loop's lateness is measured. Milliseconds. */
const EVENT_LOOP_RESOLUTION_MS = 50;
const NANOSECONDS = 1e9;

/** The daemon's numbers. What happens is noted when it happens; what is, is read when somebody asks. */
export interface Metrics {
  /** Adds to a counter. @param by @default 1 */
  add(name: MetricName, labels?: Labels, by?: number): void;
  /** Notes one value of a histogram. */
  observe(name: MetricName, value: number, labels?: Labels): void;
  /** Reads gauges, and counters that somebody else keeps, at each scrape. */
  onScrape(read: (set: SetMetric) => void | Promise<void>): void;
  /** Prometheus text. */
  text(): Promise<string>;
  stop(): void;
}

/** Sets a gauge, or a counter to where it stands. */
export type SetMetric = (name: MetricName, value: number, labels?: Labels) => void;

export function createMetrics(): Metrics {
  const registry = new Registry();
  const gauges = new Map<string, Gauge<string>>();
  const counters = new Map<string, Counter<string>>();
  const histograms = new Map<string, Histogram<string>>();
  const readers: ((set: SetMetric) => void | Promise<void>)[] = [];
  const delay = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION_MS });
  delay.enable();

  for (const [name, entry] of Object.entries(METRICS) as [string, MetricEntry][]) {
    const { kind, help, labels = [], buckets = [] } = entry;
    const common = { name, help, labelNames: [...labels], registers: [registry] };
    if (kind === "gauge") gauges.set(name, new Gauge(common));
    else if (kind === "counter") counters.set(name, new Counter(common));
    else histograms.set(name, new Histogram({ ...common, buckets: [...buckets] }));
  }

  function kept<T>(map: ReadonlyMap<string, T>, name: MetricName): T {
    const found = map.get(name);
    if (found === undefined) throw new Error(`${name} is of another kind`);
    return found;
  }

  const set: SetMetric = (name, value, labels = {}) => {
    const counter = counters.get(name);
    if (counter === undefined) return kept(gauges, name).set(labels, value);
    counter.remove(labels);
    counter.inc(labels, value);
  };

  readers.push((write) => {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    write("pleiad_memory_resident_bytes", rss);
    write("pleiad_memory_heap_bytes", heapUsed);
    write("pleiad_processor_seconds_total", (user + system) / 1e6);
    // Nothing measured yet is no delay.
    const lateNs = delay.count === 0 ? 0 : delay.percentile(99) - EVENT_LOOP_RESOLUTION_MS * 1e6;
    write("pleiad_event_loop_delay_seconds", Math.max(0, lateNs) / NANOSECONDS);
    delay.reset();
  });

  return {
    add: (name, labels = {}, by = 1) => kept(counters, name).inc(labels, by),
    observe: (name, value, labels = {}) => kept(histograms, name).observe(labels, value),
    onScrape: (read) => void readers.push(read),
    async text() {
      // What nobody reads this time is not there, rather than 0.
      for (const [name, gauge] of gauges) {
        gauge.reset();
        if (!("labels" in METRICS[name as MetricName])) gauge.remove();
      }
      for (const read of readers) await read(set);
      return registry.metrics();
    },
    stop: () => void delay.disable(),
  };
}
