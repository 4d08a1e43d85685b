import {
  type Abi,
  type Address,
  encodeEventTopics,
  type Hex,
  numberToHex,
  pad,
  parseEventLogs,
  zeroAddress,
} from "viem";
import { clusterExecutionsAbi } from "../abi/clusterExecutions.ts";
import { clusterRegistryAbi } from "../abi/clusterRegistry.ts";
import { modelRegistryAbi } from "../abi/modelRegistry.ts";
import { headOf } from "../internal/head.ts";
import { type LogRange, logsOf } from "../internal/logs.ts";
import type { ReadClient } from "../types/client.ts";
import type { CreditOf } from "../types/credit.ts";
import type { Deployment } from "../types/deployment.ts";
import { quote } from "./quote.ts";

export type ListCreditCurrenciesParameters = CreditOf & { readonly deployment: Deployment };

/** Values of one topic in a request for logs; endpoints refuse long lists. */
const TOPICS_MAX = 100;

/** Versions that are asked about at once; public endpoints slow down who asks for more. */
const CALLS_PARALLEL_MAX = 16;

/**
 * The currencies in which there may be a credit, the chain's own (zero) first. They are found in the log: of a model in the
 * terms it ever had, of a node in those of the models it served, of a cluster in its versions, of an account in the versions
 * that it executed or was tipped for. Strangers cannot make this list longer.
 *
 * @example
 * for (const currency of await listCreditCurrencies(client, { deployment, kind: "Node", id: 1n }))
 *   console.log(currency, await getCredit(client, { deployment, kind: "Node", id: 1n, currency }));
 */
export async function listCreditCurrencies(
  client: ReadClient,
  parameters: ListCreditCurrenciesParameters,
): Promise<Address[]> {
  const { deployment } = parameters;
  const head = await headOf(client);
  const log: Log = { client, deployment, range: { fromBlock: deployment.fromBlock, toBlock: head.number } };
  const found = await currenciesOf(log, parameters);
  return [zeroAddress, ...new Set(found.filter((currency) => currency !== zeroAddress))];
}

/** Where to look. */
interface Log {
  readonly client: ReadClient;
  readonly deployment: Deployment;
  readonly range: LogRange;
}

/** A version by its ids. */
interface VersionOf {
  readonly cluster: bigint;
  readonly version: bigint;
}

async function currenciesOf(log: Log, credit: CreditOf): Promise<Address[]> {
  switch (credit.kind) {
    case "Model":
      return currenciesOfModels(log, [credit.id]);
    case "Node":
      return currenciesOfModels(log, await modelsOfNode(log, credit.id));
    case "Cluster":
      return currenciesOfVersions(log, await versionsOfCluster(log, credit.id));
    case "Account":
      return currenciesOfVersions(log, await versionsOfAccount(log, credit.account));
    default:
      return credit satisfies never;
  }
}

async function currenciesOfModels(
  { client, deployment, range }: Log,
  models: readonly bigint[],
): Promise<Address[]> {
  const address = deployment.modelRegistry;
  const events = [topicOf(modelRegistryAbi, "ModelRegistered"), topicOf(modelRegistryAbi, "ModelTermsSet")];
  const found: Address[] = [];
  for (const some of chunksOf(models.map(topicOfNumber))) {
    const logs = await logsOf(client, deployment, { address, topics: [events, some] }, range);
    const terms = parseEventLogs({
      abi: modelRegistryAbi,
      eventName: ["ModelRegistered", "ModelTermsSet"],
      logs,
    });
    found.push(...terms.map(({ args }) => args.terms.currency));
  }
  return found;
}

async function modelsOfNode({ client, deployment, range }: Log, node: bigint): Promise<bigint[]> {
  const address = deployment.modelRegistry;
  const topics = [topicOf(modelRegistryAbi, "NodeJoinedModel"), null, topicOfNumber(node)];
  const logs = await logsOf(client, deployment, { address, topics }, range);
  const joined = parseEventLogs({ abi: modelRegistryAbi, eventName: "NodeJoinedModel", logs });
  return [...new Set(joined.map(({ args }) => args.model))];
}

async function versionsOfCluster({ client, deployment, range }: Log, cluster: bigint): Promise<VersionOf[]> {
  const address = deployment.clusterRegistry;
  const topics = [topicOf(clusterRegistryAbi, "VersionPublished"), topicOfNumber(cluster)];
  const logs = await logsOf(client, deployment, { address, topics }, range);
  return parseEventLogs({ abi: clusterRegistryAbi, eventName: "VersionPublished", logs }).map(
    ({ args }) => args,
  );
}

async function versionsOfAccount({ client, deployment, range }: Log, account: Address): Promise<VersionOf[]> {
  const created = topicOf(clusterExecutionsAbi, "ClusterExecutionCreated");
  const ofAccount = pad(account, { size: 32 });
  const tipped = [topicOf(clusterExecutionsAbi, "TipCredited"), null, ofAccount];
  const tips = parseEventLogs({
    abi: clusterExecutionsAbi,
    eventName: "TipCredited",
    logs: await logsOf(client, deployment, { topics: tipped }, range),
  });
  const logs = await logsOf(client, deployment, { topics: [created, null, null, ofAccount] }, range);
  for (const some of chunksOf([...new Set(tips.map(({ args }) => topicOfNumber(args.execution)))]))
    logs.push(...(await logsOf(client, deployment, { topics: [created, some] }, range)));
  const runs = parseEventLogs({ abi: clusterExecutionsAbi, eventName: "ClusterExecutionCreated", logs });
  return runs.map(({ args }) => args);
}

async function currenciesOfVersions(
  { client, deployment }: Log,
  versions: readonly VersionOf[],
): Promise<Address[]> {
  const distinct = new Map(
    versions.map(({ cluster, version }) => [`${cluster}:${version}`, { cluster, version }]),
  );
  const found: Address[] = [];
  for (const some of chunksOf([...distinct.values()], CALLS_PARALLEL_MAX)) {
    const quotes = await Promise.all(some.map((version) => quote(client, { deployment, ...version })));
    found.push(...quotes.map(({ currency }) => currency));
  }
  return found;
}

function chunksOf<T>(items: readonly T[], size = TOPICS_MAX): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

function topicOfNumber(value: bigint): Hex {
  return numberToHex(value, { size: 32 });
}

function topicOf(
  abi: typeof modelRegistryAbi | typeof clusterRegistryAbi | typeof clusterExecutionsAbi,
  name: string,
): Hex {
  const [topic] = encodeEventTopics({ abi: abi as Abi, eventName: name });
  if (topic === undefined || topic === null) throw new Error(`the ABI has no event ${name}`);
  return topic as Hex;
}
