import { getCluster } from "@pleiad/sdk/actions/getCluster";
import { getCredit } from "@pleiad/sdk/actions/getCredit";
import { getModel } from "@pleiad/sdk/actions/getModel";
import { getNode } from "@pleiad/sdk/actions/getNode";
import { listCreditCurrencies } from "@pleiad/sdk/actions/listCreditCurrencies";
import { listTokens } from "@pleiad/sdk/actions/listTokens";
import type { CreditOf } from "@pleiad/sdk/types/credit";
import { CREDIT_KINDS, type CreditKind } from "@pleiad/sdk/types/states";
import { type Address, zeroAddress } from "viem";
import { mapParallel } from "../chain/parallel.ts";
import { didYouMean } from "../config/didYouMean.ts";
import { cliError } from "./cliError.ts";
import type { ChainContext } from "./context.ts";
import { type Currency, currencyOf } from "./currencies.ts";
import { idOf } from "./define.ts";
import { resolveCluster } from "./resolve.ts";
import { listed } from "./text/amounts.ts";

/** Whose credit it is, who may take it, and what it is called. */
export interface CreditHolder {
  readonly credit: CreditOf;
  readonly owner: Address;
  /** The model's name or the cluster's slug; empty for others. */
  readonly name: string;
}

/** A credit in one currency and what is on it. */
export interface Credit extends CreditHolder {
  readonly currency: Currency;
  readonly creditWei: bigint;
}

/** Words that people type, in the order of the contracts' kinds. */
const KIND_WORDS: readonly string[] = CREDIT_KINDS.map((kind) => kind.toLowerCase());
/** Tokens that are asked about at once; public endpoints slow down who asks for more. */
const TOKENS_PARALLEL_MAX = 16;

/** The kind that somebody types. @throws PleiadError CREDIT_KIND_UNKNOWN */
function creditKindOf(word: string): CreditKind {
  const kind = CREDIT_KINDS[KIND_WORDS.indexOf(word.toLowerCase())];
  if (kind !== undefined) return kind;
  const meant = didYouMean(word, KIND_WORDS);
  throw cliError("CREDIT_KIND_UNKNOWN", `"${word}" is no kind of credit`, {
    hint: meant === undefined ? `there is ${listed(KIND_WORDS)}` : `did you mean ${meant}?`,
    details: { kind: word, ...(meant === undefined ? {} : { suggestions: [meant] }) },
  });
}

/** A kind and a name that go together, as somebody types them. */
export type CreditWish =
  | { readonly kind: "Account" }
  | { readonly kind: Exclude<CreditKind, "Account">; readonly name: string };

/**
 * What somebody wishes to withdraw, before any chain is asked.
 *
 * @param name The id, for a cluster its slug, too; undefined for the account's own.
 * @throws PleiadError CREDIT_KIND_UNKNOWN, USAGE_ARGUMENT_MISSING, USAGE_INVALID
 */
export function creditWishOf(word: string, name: string | undefined): CreditWish {
  const kind = creditKindOf(word);
  if (kind === "Account") {
    if (name === undefined) return { kind };
    throw cliError("USAGE_INVALID", `an account's credit has no id, and "${name}" was given`, {
      hint: "leave it out: whoever signs withdraws the credit of the own account",
    });
  }
  if (name === undefined) {
    throw cliError("USAGE_ARGUMENT_MISSING", `the id of the ${kind.toLowerCase()} is missing`, {
      hint: "pleiad credit list tells the ids",
    });
  }
  if (kind !== "Cluster") idOf(name);
  return { kind, name };
}

/**
 * The credit that is wished for.
 *
 * @param account Whose it is where the kind is "Account".
 * @throws the errors of unknown ids and slugs
 */
export async function resolveCredit(
  chain: ChainContext,
  wish: CreditWish,
  account: Address,
): Promise<CreditHolder> {
  if (wish.kind === "Account") return { credit: { kind: wish.kind, account }, owner: account, name: "" };
  const { kind, name } = wish;
  if (kind === "Cluster") {
    const { cluster, owner, slug } = await resolveCluster(chain, name);
    return { credit: { kind, id: cluster }, owner, name: slug };
  }
  return tokenHolder(chain, kind, idOf(name));
}

/** Credits of an account and of every node, model and cluster that it owns: all in the chain's own currency, the empty ones,
 * too, and those in tokens that are not empty. */
export async function listCredits(chain: ChainContext, account: Address): Promise<Credit[]> {
  const { client, deployment } = chain;
  const holders: CreditHolder[] = [{ credit: { kind: "Account", account }, owner: account, name: "" }];
  for (const kind of CREDIT_KINDS) {
    if (kind === "Account") continue;
    const tokens = await listTokens(client, { deployment, kind, owner: account });
    holders.push(...(await mapParallel(tokens, TOKENS_PARALLEL_MAX, (id) => tokenHolder(chain, kind, id))));
  }
  const credits = await mapParallel(holders, TOKENS_PARALLEL_MAX, (holder) => creditsOf(chain, holder));
  return credits
    .flat()
    .filter(({ currency, creditWei }) => currency.address === zeroAddress || creditWei > 0n);
}

/** What is on a credit in each currency that there may be, the chain's own first; the empty ones, too. */
export async function creditsOf(chain: ChainContext, holder: CreditHolder): Promise<Credit[]> {
  const { client, deployment } = chain;
  const currencies = await listCreditCurrencies(client, { deployment, ...holder.credit });
  const credits: Credit[] = [];
  for (const currency of currencies) credits.push(await creditIn(chain, holder, currency));
  return credits;
}

/** What is on a credit in one currency. */
export async function creditIn(
  chain: ChainContext,
  holder: CreditHolder,
  currency: Address,
): Promise<Credit> {
  const { client, deployment } = chain;
  const creditWei = await getCredit(client, { deployment, ...holder.credit, currency });
  return { ...holder, creditWei, currency: await currencyOf(chain, currency) };
}

/** The sums of credits by currency, the chain's own first. */
export function totalsOf(
  credits: readonly Credit[],
): { readonly currency: Currency; readonly totalWei: bigint }[] {
  const totals = new Map<Address, { currency: Currency; totalWei: bigint }>();
  for (const { currency, creditWei } of credits) {
    const totalWei = (totals.get(currency.address)?.totalWei ?? 0n) + creditWei;
    totals.set(currency.address, { currency, totalWei });
  }
  return [...totals.values()];
}

/** "node 3", "account 0x…": how a credit is called in a sentence. */
export function creditText({ credit, name }: CreditHolder): string {
  if (credit.kind === "Account") return `account ${credit.account}`;
  return `${credit.kind.toLowerCase()} ${credit.id}${name === "" ? "" : ` (${name})`}`;
}

/** A credit's holder for a program. */
export function creditJson({ credit, name }: CreditHolder) {
  return credit.kind === "Account"
    ? { kind: "account", account: credit.account }
    : { kind: credit.kind.toLowerCase(), id: Number(credit.id), ...(name === "" ? {} : { name }) };
}

async function tokenHolder(
  { client, deployment }: ChainContext,
  kind: Exclude<CreditKind, "Account">,
  id: bigint,
): Promise<CreditHolder> {
  const credit = { kind, id } as const;
  switch (kind) {
    case "Node": {
      const { owner } = await getNode(client, { deployment, node: id });
      return { credit, owner, name: "" };
    }
    case "Model": {
      const { owner, name } = await getModel(client, { deployment, model: id });
      return { credit, owner, name };
    }
    case "Cluster": {
      const { owner, slug } = await getCluster(client, { deployment, cluster: id });
      return { credit, owner, name: slug };
    }
    default:
      return kind satisfies never;
  }
}
