import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { pino } from "pino";
import { loadConfig } from "../../../node/src/config/load.ts";
import { startDaemon } from "../../../node/src/local/daemon.ts";
import {
  createSpanExporter,
  EXPORT_INTERVAL_MS,
  EXPORT_STOP_MS,
  SPANS_BATCH_MAX,
  SPANS_WAITING_MAX,
  type Span,
} from "../../../node/src/local/otlp.ts";
import { execute } from "../../../sdk/src/actions/execute.ts";
import { type LocalChain, startChain, walletOf } from "../../fixtures/chain.ts";
import {
  PASSWORD,
  programService,
  publishCluster,
  REQUESTER,
  registerOperator,
  type TestOperator,
  writeOperatorFolder,
} from "../../fixtures/operator.ts";
import { temporaryFolder } from "../../fixtures/pleiad.ts";
import { until } from "../../fixtures/until.ts";
import { hastyClock, logger } from "../chain/helpers.ts";

/** A span as OTLP has it. */
interface Sent {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly status: { readonly code?: number; readonly message?: string };
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

interface Payload {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Sent["attributes"] };
    readonly scopeSpans: readonly { readonly spans: readonly Sent[] }[];
  }[];
}

/** A collector: keeps what it gets, and answers with the status that is asked for; with 0 never. */
async function startCollector(): Promise<
  {
    readonly url: string;
    readonly payloads: Payload[];
    readonly headers: IncomingHttpHeaders[];
    status: number;
  } & AsyncDisposable
> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (collector.status === 200)
      collector.payloads.push(JSON.parse(Buffer.concat(chunks).toString()) as Payload);
    collector.headers.push(request.headers);
    if (collector.status === 0) return;
    response.writeHead(request.url === "/v1/traces" ? collector.status : 404).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const collector = {
    url: `http://127.0.0.1:${port}/v1/traces`,
    payloads: [] as Payload[],
    headers: [] as IncomingHttpHeaders[],
    status: 200,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return collector;
}

function spansOf(payloads: readonly Payload[]): readonly Sent[] {
  return payloads.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  );
}

function attribute({ attributes }: Pick<Sent, "attributes">, key: string): unknown {
  return Object.values(attributes.find((one) => one.key === key)?.value ?? {})[0];
}

describe("traces", function () {
  this.timeout(60_000);
  let chain: LocalChain;
  let operator: TestOperator;
  let cluster: bigint;

  before(async () => {
    chain = await startChain({ blockTimeSeconds: 1, mixedMining: true });
    operator = await registerOperator(chain, ["answers", "fails"]);
    cluster = await publishCluster(operator, "traced", ["answers", "fails"]);
  });
  after(() => chain?.stop());

  async function startTraced(folder: string, tracing: object | undefined) {
    const services = { answers: programService("answer"), fails: programService("fail") };
    const sections = { jobs: { attemptsMax: 1 }, ...(tracing === undefined ? {} : { tracing }) };
    const config = await loadConfig(await writeOperatorFolder(folder, operator, services, sections));
    return startDaemon({ config, password: PASSWORD }, { logger: pino({ level: "silent" }) });
  }

  it("lead from the event on chain over job, agent and completion to the settlement, in one trace", async () => {
    await using folder = temporaryFolder();
    await using collector = await startCollector();
    const fromMs = Date.now();
    const daemon = await startTraced(folder.path, { otlpUrl: collector.url });
    const { execution } = await execute(walletOf(chain, REQUESTER), {
      deployment: operator.deployment,
      cluster,
      input: "Where to?",
    });
    await until(
      "both jobs are traced",
      () => spansOf(collector.payloads).filter(({ name }) => name === "job").length === 2,
    ).finally(() => daemon.stop());

    const all = spansOf(collector.payloads);
    expect(new Set(all.map(({ traceId }) => traceId)).size, "traces").to.equal(1);
    expect(all[0]?.traceId).to.match(/^[0-9a-f]{32}$/);
    const ofTask = (task: number) => all.filter((span) => attribute(span, "pleiad.task") === String(task));
    const named = (name: string, spans: readonly Sent[]) => {
      const found = spans.filter((span) => span.name === name);
      expect(found, name).to.have.lengthOf(1);
      return found[0] as Sent;
    };
    const event = named("chain event ClusterExecutionCreated", all);
    const [job, agent, completion, settlement] = ["job", "agent", "completion", "settlement"].map((name) =>
      named(name, ofTask(0)),
    );
    if (job === undefined || agent === undefined || completion === undefined || settlement === undefined)
      throw new Error("five spans");
    expect(event.parentSpanId).to.equal(undefined);
    expect(job.parentSpanId).to.equal(event.spanId);
    for (const child of [agent, completion, settlement])
      expect(child.parentSpanId, child.name).to.equal(job.spanId);
    expect(completion.links).to.deep.equal([{ traceId: agent.traceId, spanId: agent.spanId }]);
    expect(settlement.links).to.deep.equal([{ traceId: agent.traceId, spanId: completion.spanId }]);
    expect(attribute(settlement, "pleiad.transaction")).to.match(/^0x[0-9a-f]{64}$/);
    expect(attribute(event, "pleiad.execution")).to.equal(execution.toString());

    const times = [agent, completion, settlement].map(({ startTimeUnixNano, endTimeUnixNano }) =>
      [startTimeUnixNano, endTimeUnixNano].map(BigInt),
    );
    for (const [start = 0n, end = 0n] of times) expect(end >= start, `${start} to ${end}`).to.equal(true);
    expect(Number(BigInt(job.startTimeUnixNano) / 1_000_000n)).to.be.within(fromMs, Date.now());

    const failed = named("job", ofTask(1));
    expect(failed.status).to.deep.equal({ code: 2, message: "AGENT_FAILED" });
    expect(named("agent", ofTask(1)).status).to.deep.equal({ code: 2, message: "AGENT_FAILED" });
    const [{ resource } = { resource: { attributes: [] } }] = collector.payloads[0]?.resourceSpans ?? [];
    expect(attribute(resource, "service.name")).to.equal("pleiad-node");
    expect(JSON.stringify(collector.payloads), "the requester's words").not.to.include("Where to?");
  });

  it("are off by default: no span is made", async () => {
    await using folder = temporaryFolder();
    const daemon = await startTraced(folder.path, undefined);
    const token = { authorization: `Bearer ${await tokenOf(folder.path)}` };
    const metrics = await (await fetch(new URL("/metrics", daemon.apiUrl), { headers: token })).text();
    await daemon.stop();
    expect(metrics).not.to.match(/^pleiad_trace_spans_total\{/m);
  });

  describe("and a collector", () => {
    const span = (index: number): Span => ({
      traceId: "11".repeat(16),
      spanId: index.toString(16).padStart(16, "0"),
      parentSpanId: undefined,
      name: `span ${index}`,
      kind: "internal",
      fromMs: 1_700_000_000_123.5,
      toMs: 1_700_000_000_124,
      attributes: { text: "x", whole: 3, part: 0.5, id: 2n ** 200n, yes: true, nothing: undefined },
      failure: undefined,
      causes: [],
    });

    function open(url: string) {
      const outcomes = { sent: 0, dropped: 0 };
      const onOutcome = (outcome: "sent" | "dropped", spans: number) => {
        outcomes[outcome] += spans;
      };
      const exporter = createSpanExporter(
        { url, resource: {}, version: "1" },
        { logger, clock: hastyClock, onOutcome },
      );
      return { exporter, outcomes };
    }

    it("that takes them gets each once, in OTLP's own form, with the credentials of its URL", async () => {
      await using collector = await startCollector();
      const { exporter, outcomes } = open(collector.url.replace("//", "//user:secret@"));
      for (let index = 0; index < SPANS_BATCH_MAX + 1; index++) exporter.add(span(index));
      await until("they are sent", () => outcomes.sent === SPANS_BATCH_MAX + 1);
      await exporter.stop();
      const sent = spansOf(collector.payloads);
      expect(new Set(sent.map(({ spanId }) => spanId)).size).to.equal(SPANS_BATCH_MAX + 1);
      expect(sent[0]).to.include({
        startTimeUnixNano: "1700000000123500000",
        endTimeUnixNano: "1700000000124000000",
        kind: 1,
      });
      expect(sent[0]?.attributes).to.deep.equal([
        { key: "text", value: { stringValue: "x" } },
        { key: "whole", value: { intValue: "3" } },
        { key: "part", value: { doubleValue: 0.5 } },
        { key: "id", value: { stringValue: (2n ** 200n).toString() } },
        { key: "yes", value: { boolValue: true } },
      ]);
      expect(collector.headers[0]?.authorization).to.equal(
        `Basic ${Buffer.from("user:secret").toString("base64")}`,
      );
    });

    it("that is busy for a while gets them later, none twice", async () => {
      await using collector = await startCollector();
      collector.status = 503;
      const { exporter, outcomes } = open(collector.url);
      exporter.add(span(1));
      await until("it was asked twice", () => collector.headers.length >= 2);
      collector.status = 200;
      await until("it is sent", () => outcomes.sent === 1);
      await exporter.stop();
      expect(spansOf(collector.payloads)).to.have.lengthOf(1);
    });

    it("that refuses them for good is not asked again for the same", async () => {
      await using collector = await startCollector();
      collector.status = 400;
      const { exporter, outcomes } = open(collector.url);
      exporter.add(span(1));
      await until("it is dropped", () => outcomes.dropped === 1);
      await exporter.stop();
      expect(collector.headers).to.have.lengthOf(1);
    });

    it("that never answers holds no stop up for longer than a second", async () => {
      await using collector = await startCollector();
      collector.status = 0;
      const { exporter, outcomes } = open(collector.url);
      exporter.add(span(1));
      await until("it is asked", () => collector.headers.length === 1);
      const fromMs = performance.now();
      await exporter.stop();
      expect(performance.now() - fromMs).to.be.below(2 * EXPORT_STOP_MS);
      expect(outcomes).to.deep.equal({ sent: 0, dropped: 1 });
    });

    it("that is away costs a bounded number of spans, the oldest of which give way, and holds no stop up", async () => {
      const { exporter, outcomes } = open("http://127.0.0.1:1/v1/traces");
      for (let index = 0; index < SPANS_WAITING_MAX + 5; index++) exporter.add(span(index));
      expect(outcomes.dropped).to.equal(5);
      const fromMs = performance.now();
      await exporter.stop();
      expect(performance.now() - fromMs).to.be.below(2 * EXPORT_INTERVAL_MS);
      expect(outcomes).to.deep.equal({ sent: 0, dropped: SPANS_WAITING_MAX + 5 });
    });
  });
});

async function tokenOf(folder: string): Promise<string> {
  return (await readFile(`${folder}/api.token`, "utf8")).trim();
}
