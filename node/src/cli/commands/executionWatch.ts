import { getVersion } from "@pleiad/sdk/actions/getVersion";
import { watchExecutions } from "@pleiad/sdk/actions/watchExecutions";
import { watchResponses } from "@pleiad/sdk/actions/watchResponses";
import type { PleiadError } from "@pleiad/sdk/errors";
import type { Version } from "@pleiad/sdk/types/version";
import { chainCall } from "../chainCall.ts";
import { addChainOptions, type ChainOptions } from "../chainOptions.ts";
import { type ChainContext, openChain } from "../context.ts";
import { blobFetcher } from "../daemons.ts";
import { addExamples, type DefineCommand, idOf, setAction } from "../define.ts";
import type { Output } from "../output.ts";
import { resolveCluster } from "../resolve.ts";
import type { Surroundings } from "../surroundings.ts";
import { counted, shortHex } from "../text/amounts.ts";
import { printableLine } from "../text/printable.ts";
import { INTERRUPTED_EXIT_CODE, responseOrInterrupt } from "../waiting.ts";

interface Options extends ChainOptions {
  readonly cluster?: string;
}

/** `pleiad execution watch [ID]`: tells what happens while it happens. */
export const define: DefineCommand = (command, around) => {
  command
    .argument("[id]", "the execution's id; without it, every new execution and response is told until Ctrl-C")
    .option("--cluster <name>", "without an id: only those of one cluster, by id or slug");
  addChainOptions(command);
  addExamples(command, [
    ["pleiad execution watch 1", "tells each answer and ends with the execution"],
    ["pleiad execution watch", "tells every new execution and response until Ctrl-C"],
    [
      "pleiad execution watch --cluster document-brief --json",
      "those of one cluster, one JSON object a line",
    ],
  ]);
  setAction<Options>(command, around, async ({ options, output }, id) => {
    const wanted = id === undefined ? undefined : idOf(id);
    const chain = await openChain(options, around);
    if (wanted === undefined) return watchAll(chain, options.cluster, output, around);
    return watchOne(chain, wanted, output, around);
  });
};

async function watchOne(
  chain: ChainContext,
  id: bigint,
  output: Output,
  around: Surroundings,
): Promise<number> {
  const { client, deployment, data } = chain;
  const stopped = around.stopSignal();
  const progress = output.progress();
  progress.say(`waiting for execution ${id}`);
  let version: Version | undefined;
  const response = await responseOrInterrupt(client, {
    deployment,
    execution: id,
    timeoutMs: Number.MAX_SAFE_INTEGER,
    data,
    fetchBlob: blobFetcher(data),
    signal: stopped,
    onExecution: async ({ cluster, version: number }) => {
      version = await getVersion(client, { deployment, cluster, version: number });
    },
    onCompletion: ({ task, node, role, outputDigest, transactionHash, blockNumber }) => {
      const name = version?.tasks[task]?.name ?? `${task}`;
      const who =
        node === 0n ? (role === "ModelOwner" ? "its model's owner" : "the cluster's owner") : `node ${node}`;
      output.json({
        event: "completion",
        executionId: Number(id),
        task: name,
        node: Number(node),
        role,
        digest: outputDigest,
        transaction: transactionHash,
        block: Number(blockNumber),
      });
      output.line(`block ${blockNumber}  task ${printableLine(name)} answered by ${who}`);
    },
  });
  progress.end();
  if (response === undefined) return INTERRUPTED_EXIT_CODE;
  output.json({
    event: "response",
    executionId: Number(id),
    digest: response.responseDigest,
    bytes: response.response.length,
    transaction: response.transactionHash,
    block: Number(response.blockNumber),
  });
  output.line(
    `block ${response.blockNumber}  ${output.style.good("succeeded")}: a response of ${counted(response.response.length, "byte")}`,
  );
  output.note(`See it: pleiad execution show ${id} --response`);
  return 0;
}

async function watchAll(
  chain: ChainContext,
  name: string | undefined,
  output: Output,
  around: Surroundings,
): Promise<number> {
  const { client, deployment } = chain;
  const cluster = name === undefined ? undefined : (await resolveCluster(chain, name)).cluster;
  const fromBlock = (await chainCall(() => client.getBlockNumber({ cacheTime: 0 }))) + 1n;
  const stopped = around.stopSignal();
  const onError = (error: PleiadError) => output.warn(`${error.message}; the watching goes on`);
  const common = { deployment, cluster, fromBlock, onError };
  const stops = [
    watchExecutions(client, {
      ...common,
      onExecution: (execution, removed) => {
        const { blockNumber, transactionHash, requester, deadline } = execution;
        output.json({
          event: removed ? "executionRemoved" : "execution",
          executionId: Number(execution.execution),
          clusterId: Number(execution.cluster),
          version: Number(execution.version),
          requester,
          deadline: Number(deadline),
          transaction: transactionHash,
          block: Number(blockNumber),
        });
        const what = `execution ${execution.execution} of cluster ${execution.cluster}, asked for by ${shortHex(requester)}`;
        output.line(`block ${blockNumber}  ${removed ? "gone by a reorganisation: " : ""}${what}`);
      },
    }),
    watchResponses(client, {
      ...common,
      onResponse: (response, removed) => {
        const { blockNumber, transactionHash, responseDigest } = response;
        output.json({
          event: removed ? "responseRemoved" : "response",
          executionId: Number(response.execution),
          clusterId: Number(response.cluster),
          digest: responseDigest,
          transaction: transactionHash,
          block: Number(blockNumber),
        });
        const what = `execution ${response.execution} of cluster ${response.cluster} succeeded`;
        output.line(`block ${blockNumber}  ${removed ? "gone by a reorganisation: " : ""}${what}`);
      },
    }),
  ];
  output.note("Watching; Ctrl-C ends it.");
  await new Promise<void>((resolve) => stopped.addEventListener("abort", () => resolve(), { once: true }));
  for (const stop of stops) stop();
  return 0;
}
