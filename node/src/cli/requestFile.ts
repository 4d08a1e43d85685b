import type {
  ExecutionRequest,
  SignedExecutionPermit2,
  SignedExecutionRequest,
} from "@pleiad/sdk/types/executionRequest";
import type { RouterDeployment } from "@pleiad/sdk/types/periphery";
import type { TokenPermit } from "@pleiad/sdk/types/tokenPermit";
import { keccak256, zeroAddress } from "viem";
import { z } from "zod";
import { cliError } from "./cliError.ts";
import { amountText, type Currency } from "./currencies.ts";
import { addressField, bytesField, hashField, jsonOf, mistakesOf, wholeField } from "./fileFields.ts";
import type { Fact } from "./output.ts";
import { ether, timeText } from "./text/amounts.ts";

/** The file of a run that its requester signed, for whoever brings it. */

/** Names the form of the file; another form gets another name. */
export const REQUEST_FORMAT = "pleiad-request-1";
/** An inline input has at most 8,192 bytes, twice that in hex; a wallet contract's signature may be long. */
export const REQUEST_BYTES_MAX = 131_072;

/** A signed run, and how it is paid. */
export type RequestFile = SignedExecutionRequest &
  (
    | { readonly payment: "allowance" }
    | { readonly payment: "permit"; readonly permit: TokenPermit }
    | ({ readonly payment: "permit2" } & Pick<SignedExecutionPermit2, "permitNonce" | "permitDeadline">)
  );

const uint = (max: number) => z.int().nonnegative().max(max);

const request = z.strictObject({
  executions: addressField,
  requester: addressField,
  cluster: wholeField,
  version: wholeField,
  inputDigest: hashField,
  params: z.strictObject({
    deadline: uint(2 ** 40 - 1),
    thread: hashField,
    ownerMayAnswer: z.boolean(),
    outputsByReference: z.boolean(),
    inputDigest: hashField,
    inputURI: z.string(),
    consumer: addressField,
    callbackGas: uint(2 ** 32 - 1),
    callbackBudgetWei: wholeField,
  }),
  currency: addressField,
  quoteWei: wholeField,
  relayerFeeWei: wholeField,
  nonce: wholeField,
  validUntil: wholeField,
});

const shared = {
  format: z.literal(REQUEST_FORMAT),
  chainId: z.int().positive(),
  executionRouter: addressField,
  request,
  input: bytesField,
  signature: bytesField,
};

const schema = z.discriminatedUnion("payment", [
  z.strictObject({ ...shared, payment: z.literal("allowance") }),
  z.strictObject({
    ...shared,
    payment: z.literal("permit"),
    permit: z.strictObject({
      token: addressField,
      owner: addressField,
      valueWei: wholeField,
      deadline: wholeField,
      signature: bytesField,
    }),
  }),
  z.strictObject({
    ...shared,
    payment: z.literal("permit2"),
    permitNonce: wholeField,
    permitDeadline: wholeField,
  }),
]);

/** Writes a request for whoever shall bring it. */
export function serializeRequest(
  { chainId, executionRouter }: RouterDeployment,
  signed: RequestFile,
): string {
  const file = { format: REQUEST_FORMAT, chainId, executionRouter, ...signed };
  const digits = (_key: string, value: unknown) => (typeof value === "bigint" ? `${value}` : value);
  return `${JSON.stringify(file, digits, 2)}\n`;
}

/**
 * Reads one that is for these contracts.
 *
 * @throws PleiadError SIGNED_REQUEST_INVALID, naming each wrong key, or that it is for others, or that its input is another
 */
export function parseRequest(text: string, deployment: RouterDeployment): RequestFile {
  const parsed = schema.safeParse(jsonOf(text));
  if (!parsed.success) {
    const mistakes = mistakesOf(parsed.error);
    throw cliError("SIGNED_REQUEST_INVALID", `not a signed request: ${mistakes.join("; ")}`, {
      details: { mistakes },
    });
  }
  const { format: _, chainId, executionRouter, ...signed } = parsed.data;
  if (
    chainId !== deployment.chainId ||
    executionRouter !== deployment.executionRouter ||
    signed.request.executions !== deployment.clusterExecutions
  ) {
    throw cliError(
      "SIGNED_REQUEST_INVALID",
      `the request is for router ${executionRouter} on chain ${chainId}, the contracts' is ${deployment.executionRouter} on chain ${deployment.chainId}`,
    );
  }
  if (signed.input !== "0x" && keccak256(signed.input) !== signed.request.inputDigest)
    throw cliError("SIGNED_REQUEST_INVALID", "the file's input is not the one that was signed");
  return signed;
}

/** What whoever brings it sends along: the callback's budget, and the quote in the chain's own currency. */
export function broughtWei({ currency, quoteWei, params }: ExecutionRequest): bigint {
  return params.callbackBudgetWei + (currency === zeroAddress ? quoteWei : 0n);
}

/** A request for a program. */
export function requestJson({ request, payment }: RequestFile) {
  return {
    clusterId: Number(request.cluster),
    version: Number(request.version),
    requester: request.requester,
    currency: request.currency,
    quoteWei: request.quoteWei,
    relayerFeeWei: request.relayerFeeWei,
    payment: request.currency === zeroAddress ? "relayer" : payment,
    broughtWei: broughtWei(request),
    nonce: `${request.nonce}`,
    validUntil: Number(request.validUntil),
    deadline: request.params.deadline,
  };
}

const PAYMENTS: Readonly<Record<RequestFile["payment"], string>> = {
  allowance: "the requester, by its allowance for the router",
  permit: "the requester, by the permit in the file",
  permit2: "the requester, by the same signature and its allowance for Permit2",
};

/** A request for a person. */
export function requestFacts({ request, payment }: RequestFile, money: Currency): Fact[] {
  const { cluster, version, requester, quoteWei, relayerFeeWei, validUntil, params } = request;
  const isOwn = request.currency === zeroAddress;
  return [
    ["run of", `cluster ${cluster}, version ${version}`],
    ["requester", requester],
    ["quote", amountText(quoteWei, money)],
    ["paid by", isOwn ? "whoever brings it" : PAYMENTS[payment]],
    [
      "callback",
      params.callbackBudgetWei === 0n ? "" : `${ether(params.callbackBudgetWei)}, by whoever brings it`,
    ],
    ["for bringing it", relayerFeeWei === 0n ? "" : amountText(relayerFeeWei, money)],
    ["may be brought", `until ${timeText(validUntil)}`],
    ["deadline", timeText(BigInt(params.deadline))],
  ];
}
