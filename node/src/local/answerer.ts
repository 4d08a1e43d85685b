import {
  EVIDENCE_MODEL_CHARACTERS_MAX,
  type EvidenceCost,
  type EvidenceUsage,
} from "@pleiad/sdk/types/evidence";
import type { Logger } from "pino";
import type { Address } from "viem";
import type { Approvals } from "../agents/approvals/approvals.ts";
import type { AgentDriver, AgentRun, AgentUsage } from "../agents/driver.ts";
import { AgentError } from "../agents/errors.ts";
import { decodeInput } from "../agents/input.ts";
import { costOf, priceTableOf } from "../agents/money/amounts.ts";
import type { Ledger } from "../agents/money/ledger.ts";
import type { PriceTable, TurnUsage } from "../agents/money/types.ts";
import { namedInputs } from "../agents/namedInputs.ts";
import { buildPrompt } from "../agents/prompt.ts";
import { namedRepository } from "../agents/repositories/named.ts";
import type { Sandbox } from "../agents/sandbox/sandbox.ts";
import { createDriver } from "../agents/services.ts";
import { keepsSessions } from "../agents/session.ts";
import { agentTag } from "../agents/tag.ts";
import type { HelperTools } from "../agents/team/ports.ts";
import { invalidUtf8Offset } from "../agents/text.ts";
import { keepUsage } from "../agents/usageWatch.ts";
import type { ServiceConfig } from "../config/service.ts";
import type { Answerer } from "../work/ports.ts";
import { type CodingOutcome, codingAnswer } from "./codingAnswer.ts";
import type { JobStages } from "./jobStages.ts";
import type { ProjectJobs } from "./projectJobs.ts";
import { turnUsageOf } from "./turnUsage.ts";

export interface AnswererOptions {
  /** Service of each model that this operator serves, by model id. */
  readonly services: ReadonlyMap<bigint, ServiceConfig>;
  /** Where agents get their private folders. */
  readonly scratchFolder: string;
  /** Marks this data folder's processes, see `agentTag`. */
  readonly tagPrefix: string;
  /** What keeps agents from the rest of this machine. */
  readonly sandbox: Sandbox;
  /** Whether coding agents work on repositories for requesters without one, too. */
  readonly repositoriesWithoutSandbox: boolean;
  /** What a model's service is called. */
  readonly nameOf: (model: bigint) => string;
  /** Of this node: part of the names of jobs' copies, which two nodes may have of one project. */
  readonly node: bigint;
}

export interface AnswererModules {
  readonly logger: Logger;
  /** Asked before each run, and told what it used. */
  readonly ledger: Pick<Ledger, "begin">;
  /** What decides what coding agents ask leave for. */
  readonly approvals: Pick<Approvals, "ask">;
  /** Copies of repositories; undefined where the operator offers none. */
  readonly projectJobs: ProjectJobs | undefined;
  /** Tools of the workspace for a coding agent that answers a task, until they are revoked. @default it has none */
  readonly toolsFor?: (who: {
    readonly agent: bigint;
    readonly model: bigint;
    readonly cluster: bigint;
    readonly user: Address;
  }) => Promise<HelperTools>;
  /** Terminals of agents that answer tasks. @default they have none */
  readonly stages?: JobStages;
  /** On whose account an execution runs; undefined where it is not known any more. */
  readonly accountOf: (execution: bigint) => { readonly cluster: bigint; readonly user: Address } | undefined;
}

/** The agents of this node: builds the prompt and asks the driver of the task's model. */
export function createAnswerer(options: AnswererOptions, modules: AnswererModules): Answerer {
  const drivers = new Map<bigint, AgentDriver>();
  const prices = new Map<bigint, PriceTable>();
  for (const [model, service] of options.services) {
    if (service.prices !== undefined) prices.set(model, priceTableOf(service.prices));
    drivers.set(
      model,
      createDriver(service, {
        scratchFolder: options.scratchFolder,
        environment: process.env,
        logger: modules.logger,
        sandbox: options.sandbox,
      }),
    );
  }
  return {
    canAnswer: (model) => drivers.has(model),
    async answer(
      { task, request, dependencies, around },
      { signal, timeoutMs, outputBytesMax, job, of, onEvidence },
    ) {
      const driver = drivers.get(task.model);
      if (driver === undefined) throw new Error(`model ${task.model} has no service`);
      const text = decodeInput(request);
      const inputs = namedInputs(text, task.inputs ?? []);
      const repository = keepsSessions(driver) ? namedRepository(text, inputs) : undefined;
      if (repository !== undefined) requireConfined(options, task.model);
      const prompt = buildPrompt({
        persona: task.agent,
        task: task.tool === "" ? { name: task.name, prompt: task.prompt } : task,
        request: text,
        inputs,
        dependencies: dependencies.map(({ task: name, agent, output }) => ({
          task: name,
          agent,
          output: textOf(name, output),
        })),
        rules: around?.rules,
        memories: around?.memories ?? [],
        thread: around?.messages ?? [],
      });
      const tag = agentTag(options.tagPrefix, job);
      const account = of === undefined ? undefined : modules.accountOf(of.execution);
      const meter = await modules.ledger.begin({
        agent: `agent ${task.agent.agent}`,
        service: options.nameOf(task.model),
        task: of,
        cluster: account?.cluster,
        user: account?.user,
        prices: prices.get(task.model),
      });
      const tools =
        account === undefined || !usesTools(driver)
          ? undefined
          : await modules.toolsFor?.({ agent: task.agent.agent, model: task.model, ...account });
      tools?.begin();
      const log = modules.logger.child({ job });
      const stage =
        account === undefined || of === undefined || !usesTools(driver)
          ? undefined
          : await modules.stages?.open({ ...of, ...account });
      const asker = { agent: `agent ${task.agent.agent}`, cluster: account?.cluster, isUnattended: true };
      const kept = keepUsage();
      const run: AgentRun = {
        prompt,
        settings: task.agent,
        signal,
        timeoutMs,
        outputBytesMax,
        tag,
        onEvent(event) {
          stage?.show(event);
          // What it says and reads is its requester's, and in no log.
          if (event.kind === "tool")
            log.debug({ tool: event.name, state: event.state }, "an agent used a tool");
          if (event.kind === "permission") log.debug({ outcome: event.outcome }, "an agent asked for leave");
        },
        askPermission: (asked, ended) => modules.approvals.ask(asker, asked, ended),
        ...(tools === undefined ? {} : { toolServers: tools.servers, toolsReady: tools.ready }),
        ...(tools?.tools === undefined ? {} : { tools: tools.tools }),
        ...kept.watch,
      };
      let outcome: CodingOutcome;
      try {
        outcome =
          repository === undefined
            ? await driver.run(run)
            : await codingAnswer({ driver, repository, job: `job-${options.node}-${job}` }, run, modules);
      } catch (error) {
        stage?.close(error);
        // A run that failed is paid for, too: else who makes runs fail spends without end.
        const told = kept.ofFailed(error);
        if (told !== undefined) await meter.spend(turnUsageOf(told, { hasEnded: false }));
        throw error;
      } finally {
        await tools?.revoke();
      }
      stage?.close();
      const { output, usage, model, work, elapsedMs } = outcome;
      const used = turnUsageOf(outcome, { hasEnded: true });
      // Whether there is anything left the next run is told. A program that is no model has nothing to be counted.
      if (kept.wasAsked()) await meter.spend(used);
      const cost = costTold(used, prices.get(task.model));
      // A program that says nothing of itself leaves nothing to say.
      if (usage !== undefined || model !== undefined || cost !== undefined || work !== undefined)
        onEvidence?.({
          durationMs: elapsedMs,
          ...(model === undefined || model === "" ? {} : { model: shown(model) }),
          ...(usage === undefined ? {} : { usage: tokensOf(usage) }),
          ...(cost === undefined ? {} : { cost }),
          ...(work === undefined ? {} : { work }),
        });
      return output;
    },
  };
}

/** A coding agent, or a model whose driver carries out calls. */
function usesTools(driver: AgentDriver): boolean {
  return keepsSessions(driver) || driver.kind === "http";
}

/** A repository's own settings may name programs, which a coding agent starts. @throws AgentError REPOSITORY_UNCONFINED */
function requireConfined(
  { services, sandbox, repositoriesWithoutSandbox }: AnswererOptions,
  model: bigint,
): void {
  const service = services.get(model);
  const isConfined =
    sandbox.kind !== "none" && service !== undefined && service.kind !== "http" && service.sandbox !== "none";
  if (isConfined || repositoriesWithoutSandbox) return;
  throw new AgentError("REPOSITORY_UNCONFINED", "no repository is worked on here without a sandbox");
}

/** What the provider says that it cost; where it says nothing, what the operator's prices make of its counts. */
function costTold(used: TurnUsage, prices: PriceTable | undefined): EvidenceCost | undefined {
  if (used.reportedMicros !== undefined)
    return { currency: "USD", micros: Number(used.reportedMicros), from: "provider" };
  const computed = prices === undefined || !used.isWhole ? undefined : costOf(used, prices);
  if (prices === undefined || computed === undefined || computed > BigInt(Number.MAX_SAFE_INTEGER))
    return undefined;
  return {
    currency: prices.currency,
    micros: Number(computed),
    from: "prices",
    prices: {
      inputMicrosPerMillion: Number(prices.inputMicrosPerMillion),
      outputMicrosPerMillion: Number(prices.outputMicrosPerMillion),
      cachedMicrosPerMillion: Number(prices.cachedMicrosPerMillion),
    },
  };
}

function shown(model: string): string {
  return model.slice(0, EVIDENCE_MODEL_CHARACTERS_MAX).toWellFormed();
}

/** The counts that are whole numbers: a provider may say anything. */
function tokensOf({ inputTokens, outputTokens, cachedTokens }: AgentUsage): EvidenceUsage {
  const counted = Object.entries({ inputTokens, outputTokens, cachedTokens }).filter(([, count]) =>
    Number.isSafeInteger(count),
  );
  return Object.fromEntries(counted);
}

/**
 * The output of another node as text. The contract takes any bytes, so a hostile node can have others settled: they
 * fail this task, and must not pass for a bug, which would end the daemon.
 *
 * @throws AgentError INPUT_NOT_TEXT
 */
function textOf(task: string, output: Uint8Array): string {
  const offset = invalidUtf8Offset(output);
  if (offset === undefined) return new TextDecoder("utf-8").decode(output);
  throw new AgentError("INPUT_NOT_TEXT", `the output of task ${JSON.stringify(task)} is not UTF-8 text`, {
    details: { task, offset },
  });
}
