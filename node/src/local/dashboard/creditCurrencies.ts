import type { CreditOf } from "@pleiad/sdk/types/credit";
import { type Address, zeroAddress } from "viem";
import type { ProjectionReader } from "../../chain/projection.ts";
import { CREDIT_CURRENCIES_MAX } from "./limits.ts";

/**
 * Currencies in which credits are looked for, the chain's own first, then those of the models by which these earn: anybody can make tokens,
 * and models that are paid in them.
 */
export function creditCurrencies(
  projection: Pick<ProjectionReader, "agent" | "clusters" | "models">,
  credits: readonly CreditOf[],
): readonly Address[] {
  const idsOf = (kind: CreditOf["kind"]) =>
    new Set(credits.flatMap((one) => (one.kind === kind && one.kind !== "Account" ? [one.id] : [])));
  const [own, nodes, clusters] = [idsOf("Model"), idsOf("Node"), idsOf("Cluster")];
  const members = projection
    .clusters()
    .filter(({ cluster }) => clusters.has(cluster))
    .flatMap(({ agents }) => agents);
  const used = new Set(members.map(({ agent }) => projection.agent(agent)?.model));
  const models = projection.models();
  const near = models.filter(
    ({ model, places }) => own.has(model) || used.has(model) || places.some(({ node }) => nodes.has(node)),
  );
  const all = [...near, ...models].map(({ currency }) => currency);
  return [...new Set([zeroAddress, ...all])].slice(0, CREDIT_CURRENCIES_MAX);
}
