import { expect } from "chai";
import { beforeEach, describe, it } from "mocha";
import {
  type Address,
  encodeErrorResult,
  encodeFunctionData,
  getAddress,
  type Hex,
  hexToNumber,
  keccak256,
  maxUint256,
  type PrivateKeyAccount,
  parseSignature,
  recoverAddress,
  slice,
  toHex,
  zeroAddress,
  zeroHash,
} from "viem";
import { at, enableAccount, restoring } from "../fixtures/executions.ts";
import { createLine, type Line, publishCluster } from "../fixtures/line.ts";
import { eventsOf } from "../fixtures/registries.ts";
import { compact } from "../fixtures/world.ts";

const PERMIT2 = "0x000000000022D473030F116dDEE9F6B43aC78BA3";
const INPUT = toHex("what the requester asks");
const DEADLINE = 3_600n;
const FEE_WEI = 7n;
/** How `Wallet__MockForExecutions` signs. */
const SIGNING_BY_KEY = 1;

const PARAMS_TYPE = [
  { name: "deadline", type: "uint40" },
  { name: "thread", type: "bytes32" },
  { name: "ownerMayAnswer", type: "bool" },
  { name: "outputsByReference", type: "bool" },
  { name: "inputDigest", type: "bytes32" },
  { name: "inputURI", type: "string" },
  { name: "consumer", type: "address" },
  { name: "callbackGas", type: "uint32" },
  { name: "callbackBudgetWei", type: "uint64" },
] as const;
const REQUEST_TYPE = [
  { name: "executions", type: "address" },
  { name: "requester", type: "address" },
  { name: "cluster", type: "uint256" },
  { name: "version", type: "uint256" },
  { name: "inputDigest", type: "bytes32" },
  { name: "params", type: "ExecuteParams" },
  { name: "currency", type: "address" },
  { name: "quoteWei", type: "uint256" },
  { name: "relayerFeeWei", type: "uint256" },
  { name: "nonce", type: "uint256" },
  { name: "validUntil", type: "uint256" },
] as const;
const TYPES = { ExecutionRequest: REQUEST_TYPE, ExecuteParams: PARAMS_TYPE } as const;

const line = await createLine();
const { viem, executions, relayer, stranger } = line;
const router = await installRouter(line);
const token = await viem.deployContract("Token__MockForRouter");
await installPermit2();
const requester = line.nodeKey(90);
const paid = await publishInToken();
const restore = restoring(line);

/** The router where the core expects it: its code is put at the address that the line's core was made with. */
async function installRouter({ viem, networkHelpers, client, router: address }: Line) {
  const made = await viem.deployContract("ExecutionRouter");
  await networkHelpers.setBalance(address, 0n);
  await networkHelpers.setCode(address, (await client.getCode({ address: made.address })) ?? "0x");
  return viem.getContractAt("ExecutionRouter", address);
}

/** A stand-in for Permit2 where Permit2 stands. */
async function installPermit2(): Promise<void> {
  const made = await viem.deployContract("Permit2__MockForRouter");
  await line.networkHelpers.setCode(PERMIT2, (await line.client.getCode({ address: made.address })) ?? "0x");
}

/** A cluster of one task that is paid in the token. */
async function publishInToken(): Promise<Line> {
  const owner = line.operators[0] as Address;
  const model = await line.registerModel("in a token", owner, { currency: token.address });
  for (const node of line.testNodes) await line.serve(model, node);
  return publishCluster(line, { slug: "in-a-token", tasks: [{ model }] });
}

interface Change {
  readonly nonce?: bigint;
  readonly validUntil?: bigint;
  readonly quoteWei?: bigint;
  readonly currency?: Address;
  readonly requester?: Address;
  readonly executions?: Address;
  readonly relayerFeeWei?: bigint;
  readonly inputDigest?: Hex;
  readonly callbackBudgetWei?: bigint;
}

async function paramsOf(change: Change = {}) {
  const budgetWei = change.callbackBudgetWei ?? 0n;
  return {
    deadline: Number(BigInt(await line.networkHelpers.time.latest()) + DEADLINE),
    thread: zeroHash as Hex,
    ownerMayAnswer: false,
    outputsByReference: false,
    inputDigest: zeroHash as Hex,
    inputURI: "",
    consumer: budgetWei === 0n ? (zeroAddress as Address) : line.stranger,
    callbackGas: budgetWei === 0n ? 0 : 50_000,
    callbackBudgetWei: budgetWei,
  };
}

async function requestOn(on: Line, change: Change = {}) {
  return {
    executions: change.executions ?? executions.address,
    requester: change.requester ?? requester.address,
    cluster: on.cluster,
    version: 1n,
    inputDigest: change.inputDigest ?? keccak256(INPUT),
    params: await paramsOf(change),
    currency: change.currency ?? (on === paid ? token.address : (zeroAddress as Address)),
    quoteWei: change.quoteWei ?? on.quoteWei,
    relayerFeeWei: change.relayerFeeWei ?? 0n,
    nonce: change.nonce ?? 5n,
    validUntil: change.validUntil ?? maxUint256,
  };
}

type Request = Awaited<ReturnType<typeof requestOn>>;

function domain() {
  return {
    name: "Pleiad ExecutionRouter",
    version: "1",
    chainId: line.chainId,
    verifyingContract: router.address,
  };
}

function sign(request: Request, key: PrivateKeyAccount = requester): Promise<Hex> {
  return key.signTypedData({
    domain: domain(),
    types: TYPES,
    primaryType: "ExecutionRequest",
    message: request,
  });
}

interface Permit2Choice {
  readonly nonce?: bigint;
  readonly deadline?: bigint;
  readonly amount?: bigint;
}

async function signPermit2(request: Request, choice: Permit2Choice = {}): Promise<Hex> {
  return requester.signTypedData({
    domain: { name: "Permit2", chainId: line.chainId, verifyingContract: PERMIT2 },
    types: {
      PermitWitnessTransferFrom: [
        { name: "permitted", type: "TokenPermissions" },
        { name: "spender", type: "address" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
        { name: "witness", type: "ExecutionRequest" },
      ],
      TokenPermissions: [
        { name: "token", type: "address" },
        { name: "amount", type: "uint256" },
      ],
      ...TYPES,
    },
    primaryType: "PermitWitnessTransferFrom",
    message: {
      permitted: {
        token: request.currency,
        amount: choice.amount ?? request.quoteWei + request.relayerFeeWei,
      },
      spender: router.address,
      nonce: choice.nonce ?? 1n,
      deadline: choice.deadline ?? maxUint256,
      witness: request,
    },
  });
}

/** What a permit of the requester for the router says, ready for `router.permit`. */
async function permitOf(value: bigint) {
  const nonce = await token.read.nonces([requester.address]);
  const signature = await requester.signTypedData({
    domain: { name: "Test Token", version: "1", chainId: line.chainId, verifyingContract: token.address },
    types: {
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "Permit",
    message: {
      owner: requester.address,
      spender: router.address,
      value,
      nonce,
      deadline: maxUint256,
    },
  });
  const { r, s, yParity } = parseSignature(signature);
  return [token.address, requester.address, value, maxUint256, 27 + yParity, r, s] as const;
}

/** Lets the requester have tokens, and the router take them. */
async function allow(amountWei: bigint): Promise<void> {
  await token.write.mint([requester.address, amountWei]);
  await enableAccount(line, requester.address);
  await token.write.approve([router.address, amountWei], { account: requester.address });
}

function executeSigned(request: Request, signature: Hex, valueWei = 0n, input: Hex = INPUT) {
  return router.write.executeSigned([request, input, signature], { account: relayer, value: valueWei });
}

function reverts(call: Promise<Hex>, error: string, args: readonly unknown[]): Promise<void> {
  return viem.assertions.revertWithCustomErrorWithArgs(call, router, error as never, args as never);
}

function requesterOf(execution: bigint): Promise<Address> {
  return executions.read.executionOf([execution]).then((view) => view.requester);
}

/** The router keeps no ether, no token and no allowance. */
async function expectEmpty(): Promise<void> {
  expect(await line.client.getBalance({ address: router.address }), "ether").to.equal(0n);
  expect(await token.read.balanceOf([router.address]), "tokens").to.equal(0n);
  expect(await token.read.allowance([router.address, executions.address]), "allowance").to.equal(0n);
}

describe("ExecutionRouter", () => {
  beforeEach(restore);

  describe("execute", () => {
    it("execute_inEther_executesForTheCallerAndGivesTheRestBack", async () => {
      const before = await line.client.getBalance({ address: stranger });
      const hash = await router.write.execute(
        [executions.address, line.cluster, 1n, INPUT, await paramsOf(), zeroAddress, line.quoteWei],
        { account: stranger, value: line.quoteWei + 1_000n },
      );
      const { gasUsed, effectiveGasPrice } = await line.client.getTransactionReceipt({ hash });
      const spent = before - (await line.client.getBalance({ address: stranger }));
      expect(spent - gasUsed * effectiveGasPrice).to.equal(line.quoteWei);
      expect(await requesterOf(1n)).to.equal(stranger);
      await expectEmpty();
    });

    it("execute_inAToken_takesExactlyTheQuote", async () => {
      await allow(paid.quoteWei + 100n);
      await router.write.execute(
        [executions.address, paid.cluster, 1n, INPUT, await paramsOf(), token.address, paid.quoteWei],
        { account: requester.address },
      );
      expect(await token.read.balanceOf([requester.address])).to.equal(100n);
      expect(await requesterOf(1n)).to.equal(requester.address);
      await expectEmpty();
    });

    it("execute_anotherQuoteThanExpected_reverts", async () => {
      const params = await paramsOf();
      const call = (currency: Address, quoteWei: bigint) =>
        router.write.execute([executions.address, line.cluster, 1n, INPUT, params, currency, quoteWei], {
          account: stranger,
          value: line.quoteWei,
        });
      await reverts(call(zeroAddress, line.quoteWei + 1n), "RequestQuoteMismatch", [
        zeroAddress,
        line.quoteWei,
        zeroAddress,
        line.quoteWei + 1n,
      ]);
      await reverts(call(token.address, line.quoteWei), "RequestQuoteMismatch", [
        zeroAddress,
        line.quoteWei,
        token.address,
        line.quoteWei,
      ]);
    });

    it("execute_tooLittleEther_reverts", async () => {
      await reverts(
        router.write.execute(
          [executions.address, line.cluster, 1n, INPUT, await paramsOf(), zeroAddress, line.quoteWei],
          { account: stranger, value: line.quoteWei - 1n },
        ),
        "RouterValueMissing",
        [line.quoteWei - 1n, line.quoteWei],
      );
    });

    it("execute_etherForcedInBefore_troublesNoCaller", async () => {
      const wallet = await viem.deployContract("Wallet__MockForExecutions");
      await wallet.write.setReceiving([1, zeroAddress, "0x"]);
      const account = await enableAccount(line, wallet.address);
      await line.networkHelpers.setBalance(router.address, 1n);
      await router.write.execute(
        [executions.address, line.cluster, 1n, INPUT, await paramsOf(), zeroAddress, line.quoteWei],
        { account, value: line.quoteWei },
      );
      await router.write.multicall([[]], { account });
      expect(await requesterOf(1n)).to.equal(getAddress(wallet.address));
      expect(await line.client.getBalance({ address: router.address })).to.equal(1n);
      await router.write.execute(
        [executions.address, line.cluster, 1n, INPUT, await paramsOf(), zeroAddress, line.quoteWei],
        { account, value: line.quoteWei - 1n },
      );
      expect(await line.client.getBalance({ address: router.address }), "it pays").to.equal(0n);
    });

    it("execute_callerThatTakesNoEther_reverts", async () => {
      const wallet = await viem.deployContract("Wallet__MockForExecutions");
      await wallet.write.setReceiving([1, zeroAddress, "0x"]);
      const account = await enableAccount(line, wallet.address);
      await reverts(
        router.write.execute(
          [executions.address, line.cluster, 1n, INPUT, await paramsOf(), zeroAddress, line.quoteWei],
          { account, value: line.quoteWei + 3n },
        ),
        "RouterRefundFailed",
        [wallet.address, 3n],
      );
    });
  });

  describe("executeSigned", () => {
    it("executeSigned_inEtherThatTheRelayerPays_belongsToWhoSigned", async () => {
      const request = await requestOn(line);
      const hash = await executeSigned(request, await sign(request), line.quoteWei);
      expect(await requesterOf(1n)).to.equal(requester.address);
      expect(await eventsOf(line, router, hash)).to.deep.equal([
        {
          event: "RequestExecuted",
          args: {
            requester: requester.address,
            relayer,
            executions: getAddress(executions.address),
            execution: 1n,
            nonce: 5n,
          },
        },
      ]);
      expect(await router.read.isNonceUsed([requester.address, 5n])).to.equal(true);
      await expectEmpty();
    });

    it("executeSigned_compactSignature_succeeds", async () => {
      const request = await requestOn(line);
      await executeSigned(request, compact(await sign(request)), line.quoteWei);
      expect(await requesterOf(1n)).to.equal(requester.address);
    });

    it("executeSigned_inAToken_paysQuoteAndFee", async () => {
      await allow(paid.quoteWei + FEE_WEI);
      const request = await requestOn(paid, { relayerFeeWei: FEE_WEI });
      await executeSigned(request, await sign(request));
      expect(await token.read.balanceOf([relayer])).to.equal(FEE_WEI);
      expect(await token.read.balanceOf([executions.address])).to.equal(paid.quoteWei);
      await expectEmpty();
    });

    it("executeSigned_callbackInATokensVersion_takesTheBudgetAsEther", async () => {
      await allow(paid.quoteWei);
      const request = await requestOn(paid, { callbackBudgetWei: 900n });
      await executeSigned(request, await sign(request), 900n);
      expect((await executions.read.executionOf([1n])).callbackBudgetWei).to.equal(900n);
      await expectEmpty();
    });

    it("executeSigned_walletContract_succeeds", async () => {
      const wallet = await viem.deployContract("Wallet__MockForExecutions");
      await wallet.write.setSigning([SIGNING_BY_KEY, requester.address]);
      const request = await requestOn(line, { requester: wallet.address });
      await executeSigned(request, await sign(request), line.quoteWei);
      expect((await requesterOf(1n)).toLowerCase()).to.equal(wallet.address.toLowerCase());
    });

    it("executeSigned_inputByDigest_succeeds", async () => {
      const request = await requestOn(line);
      const byDigest = { ...request, params: { ...request.params, inputDigest: request.inputDigest } };
      await executeSigned(byDigest, await sign(byDigest), line.quoteWei, "0x");
      expect((await executions.read.executionOf([1n])).digest).to.equal(keccak256(INPUT));
    });

    it("executeSigned_bySomebodyElse_reverts", async () => {
      const request = await requestOn(line);
      const signature = await sign(request, line.nodeKey(91));
      await reverts(executeSigned(request, signature, line.quoteWei), "RequestSignatureInvalid", [
        requester.address,
      ]);
    });

    it("executeSigned_anyFieldChanged_reverts", async () => {
      const request = await requestOn(line);
      const signature = await sign(request);
      const changed: Request[] = [
        { ...request, nonce: 6n },
        { ...request, validUntil: maxUint256 - 1n },
        { ...request, params: { ...request.params, deadline: request.params.deadline + 1 } },
        { ...request, params: { ...request.params, thread: keccak256("0x01") } },
        { ...request, params: { ...request.params, ownerMayAnswer: true } },
        { ...request, params: { ...request.params, outputsByReference: true } },
        { ...request, params: { ...request.params, inputURI: "https://example.org" } },
        { ...request, params: { ...request.params, consumer: stranger, callbackGas: 1 } },
      ];
      for (const [index, each] of changed.entries()) {
        const call = executeSigned(each, signature, line.quoteWei);
        await reverts(call, "RequestSignatureInvalid", [requester.address]).catch((cause) => {
          throw new Error(`change ${index}`, { cause });
        });
      }
    });

    it("executeSigned_twice_reverts", async () => {
      const request = await requestOn(line);
      const signature = await sign(request);
      await executeSigned(request, signature, line.quoteWei);
      await reverts(executeSigned(request, signature, line.quoteWei), "RequestNonceUsed", [
        requester.address,
        5n,
      ]);
    });

    it("executeSigned_afterItsTime_reverts", async () => {
      const validUntil = BigInt(await line.networkHelpers.time.latest()) + 10n;
      const request = await requestOn(line, { validUntil });
      const signature = await sign(request);
      await at(line, validUntil + 1n);
      await reverts(executeSigned(request, signature, line.quoteWei), "RequestExpired", [validUntil]);
      await at(line, validUntil + 2n);
    });

    it("executeSigned_anotherInput_reverts", async () => {
      const request = await requestOn(line);
      const signature = await sign(request);
      await reverts(executeSigned(request, signature, line.quoteWei, "0x1234"), "RequestInputMismatch", [
        keccak256("0x1234"),
        keccak256(INPUT),
      ]);
    });

    it("executeSigned_feeInEther_reverts", async () => {
      const request = await requestOn(line, { relayerFeeWei: 1n });
      await reverts(executeSigned(request, await sign(request), line.quoteWei), "RequestFeeUnpayable", [1n]);
    });

    it("executeSigned_allowanceTooSmall_reverts", async () => {
      await allow(paid.quoteWei - 1n);
      const request = await requestOn(paid);
      await reverts(executeSigned(request, await sign(request)), "RequestPaymentFailed", [
        token.address,
        requester.address,
        paid.quoteWei,
      ]);
    });

    it("executeSigned_dearerThanSigned_reverts", async () => {
      const request = await requestOn(line, { quoteWei: line.quoteWei - 1n });
      await reverts(executeSigned(request, await sign(request), line.quoteWei), "RequestQuoteMismatch", [
        zeroAddress,
        line.quoteWei,
        zeroAddress,
        line.quoteWei - 1n,
      ]);
    });
  });

  describe("executeWithPermit2", () => {
    function executeWithPermit2(request: Request, signature: Hex, choice: Permit2Choice = {}) {
      return router.write.executeWithPermit2(
        [request, INPUT, choice.nonce ?? 1n, choice.deadline ?? maxUint256, signature],
        { account: relayer },
      );
    }

    async function allowPermit2(amountWei: bigint): Promise<void> {
      await token.write.mint([requester.address, amountWei]);
      await enableAccount(line, requester.address);
      await token.write.approve([PERMIT2, maxUint256], { account: requester.address });
    }

    it("executeWithPermit2_oneSignature_paysAndExecutes", async () => {
      await allowPermit2(paid.quoteWei + FEE_WEI);
      const request = await requestOn(paid, { relayerFeeWei: FEE_WEI });
      await executeWithPermit2(request, await signPermit2(request));
      expect(await requesterOf(1n)).to.equal(requester.address);
      expect(await token.read.balanceOf([relayer])).to.equal(FEE_WEI);
      expect(await token.read.balanceOf([requester.address])).to.equal(0n);
      await expectEmpty();
    });

    it("executeWithPermit2_anotherRequestThanSigned_reverts", async () => {
      await allowPermit2(paid.quoteWei);
      const request = await requestOn(paid);
      const signature = await signPermit2(request);
      const other = { ...request, params: { ...request.params, ownerMayAnswer: true } };
      const permit2 = await viem.getContractAt("Permit2__MockForRouter", PERMIT2);
      await viem.assertions.revertWithCustomError(
        executeWithPermit2(other, signature),
        permit2,
        "InvalidSigner",
      );
    });

    it("executeWithPermit2_requestUsedOnTheOtherWay_reverts", async () => {
      await allow(paid.quoteWei);
      await allowPermit2(paid.quoteWei);
      const request = await requestOn(paid);
      await executeSigned(request, await sign(request));
      await reverts(executeWithPermit2(request, await signPermit2(request)), "RequestNonceUsed", [
        requester.address,
        5n,
      ]);
    });
  });

  describe("multicall", () => {
    it("multicall_permitAndExecuteSigned_inOneTransaction", async () => {
      await token.write.mint([requester.address, paid.quoteWei]);
      const request = await requestOn(paid);
      const calls = [
        encodeFunctionData({
          abi: router.abi,
          functionName: "permit",
          args: await permitOf(paid.quoteWei),
        }),
        encodeFunctionData({
          abi: router.abi,
          functionName: "executeSigned",
          args: [request, INPUT, await sign(request)],
        }),
      ];
      await router.write.multicall([calls], { account: relayer });
      expect(await requesterOf(1n)).to.equal(requester.address);
      await expectEmpty();
    });

    it("multicall_invitationAndExecuteSigned_admitsToARestrictedCluster_alsoBroughtBefore", async () => {
      const { clusters, permissions, clusterOwner } = line;
      await clusters.write.setRestricted([line.cluster, true], { account: clusterOwner });
      const request = await requestOn(line);
      const signature = await sign(request);
      await viem.assertions.revertWithCustomError(
        executeSigned(request, signature, line.quoteWei),
        permissions,
        "GrantMissing",
      );
      const invitation = {
        registry: clusters.address,
        token: line.cluster,
        gate: executions.address,
        grantee: requester.address,
        uses: 1,
        expiresAt: 0,
        tenure: 0n,
        nonce: 1n,
      };
      const host = line.nodeKey(92);
      await permissions.write.setDelegate([clusters.address, line.cluster, host.address, 4, 0], {
        account: clusterOwner,
      });
      const invited = await host.signTypedData({
        domain: {
          name: "Pleiad PermissionRegistry",
          version: "1",
          chainId: line.chainId,
          verifyingContract: permissions.address,
        },
        types: {
          Invitation: [
            { name: "registry", type: "address" },
            { name: "token", type: "uint256" },
            { name: "gate", type: "address" },
            { name: "grantee", type: "address" },
            { name: "uses", type: "uint32" },
            { name: "expiresAt", type: "uint40" },
            { name: "tenure", type: "uint64" },
            { name: "nonce", type: "uint256" },
          ],
        },
        primaryType: "Invitation",
        message: invitation,
      });
      const calls = [
        encodeFunctionData({
          abi: router.abi,
          functionName: "acceptInvitation",
          args: [permissions.address, invitation, host.address, invited],
        }),
        encodeFunctionData({
          abi: router.abi,
          functionName: "executeSigned",
          args: [request, INPUT, signature],
        }),
      ];
      const invite = [invitation, host.address, invited] as const;
      for (const before of [false, true]) {
        const snapshot = await line.networkHelpers.takeSnapshot();
        // Whoever sees the call can bring the invitation first: that must not make it fail.
        if (before) await permissions.write.acceptInvitation([...invite], { account: stranger });
        await router.write.multicall([calls], { account: relayer, value: line.quoteWei });
        expect(await requesterOf(1n)).to.equal(requester.address);
        await snapshot.restore();
      }
      await permissions.write.revokeInvitation([invitation], { account: clusterOwner });
      await viem.assertions.revertWithCustomError(
        router.write.multicall([calls], { account: relayer, value: line.quoteWei }),
        permissions,
        "GrantMissing",
      );
    });

    it("multicall_permitThatSomebodyBroughtBefore_succeeds", async () => {
      await token.write.mint([requester.address, paid.quoteWei]);
      const permit = await permitOf(paid.quoteWei);
      const [, owner, value, deadline, v, r, s] = permit;
      await token.write.permit([owner, router.address, value, deadline, v, r, s], { account: stranger });
      const request = await requestOn(paid);
      const calls = [
        encodeFunctionData({ abi: router.abi, functionName: "permit", args: permit }),
        encodeFunctionData({
          abi: router.abi,
          functionName: "executeSigned",
          args: [request, INPUT, await sign(request)],
        }),
      ];
      await router.write.multicall([calls], { account: relayer });
      expect(await requesterOf(1n)).to.equal(requester.address);
    });

    it("multicall_severalRequests_spendTheEtherOnceEach", async () => {
      const requests = await Promise.all([1n, 2n, 3n].map((nonce) => requestOn(line, { nonce })));
      const calls = await Promise.all(
        requests.map(async (request) =>
          encodeFunctionData({
            abi: router.abi,
            functionName: "executeSigned",
            args: [request, INPUT, await sign(request)],
          }),
        ),
      );
      await reverts(
        router.write.multicall([calls], { account: relayer, value: line.quoteWei * 2n }),
        "RouterValueMissing",
        [0n, line.quoteWei],
      );
      await router.write.multicall([calls], { account: relayer, value: line.quoteWei * 3n + 5n });
      expect(await executions.read.executionCount()).to.equal(3n);
      await expectEmpty();
    });

    it("multicall_oneCallThatFails_revertsWithItsError", async () => {
      const request = await requestOn(line, { validUntil: 1n });
      const calls = [
        encodeFunctionData({
          abi: router.abi,
          functionName: "executeSigned",
          args: [request, INPUT, await sign(request)],
        }),
      ];
      await reverts(router.write.multicall([calls], { account: relayer }), "RequestExpired", [1n]);
    });

    it("multicall_withinAMulticall_reverts", async () => {
      const inner = encodeFunctionData({ abi: router.abi, functionName: "multicall", args: [[]] });
      await reverts(router.write.multicall([[inner]], { account: relayer }), "RouterBusy", []);
    });

    it("multicall_answersWhatEachCallAnswered", async () => {
      const request = await requestOn(line);
      const calls = [
        encodeFunctionData({
          abi: router.abi,
          functionName: "executeSigned",
          args: [request, INPUT, await sign(request)],
        }),
      ];
      const { result } = await router.simulate.multicall([calls], { account: relayer, value: line.quoteWei });
      expect(result.map((one) => hexToNumber(one))).to.deep.equal([1]);
    });
  });

  it("anyEntry_fromATokenThatCallsBack_isBusy", async () => {
    await allow(paid.quoteWei);
    const request = await requestOn(paid);
    const busy = encodeErrorResult({ abi: router.abi, errorName: "RouterBusy" });
    const other = await requestOn(line, { nonce: 9n });
    const entries = [
      encodeFunctionData({ abi: router.abi, functionName: "multicall", args: [[]] }),
      encodeFunctionData({
        abi: router.abi,
        functionName: "executeSigned",
        args: [other, INPUT, await sign(other)],
      }),
    ];
    for (const [index, entry] of entries.entries()) {
      await token.write.setBackCall([router.address, entry]);
      const signed = { ...request, nonce: BigInt(20 + index) };
      await allow(paid.quoteWei);
      const call = encodeFunctionData({
        abi: router.abi,
        functionName: "executeSigned",
        args: [signed, INPUT, await sign(signed)],
      });
      await router.write.multicall([[call]], { account: relayer, value: line.quoteWei });
      expect(slice(await token.read.backError(), 0, 4), `entry ${index}`).to.equal(busy);
    }
    expect(await executions.read.executionCount()).to.equal(2n);
  });

  it("execute_contractThatTakesLess_leavesNoAllowance", async () => {
    const greedy = await viem.deployContract("Executions__MockForRouter", [token.address, paid.quoteWei]);
    await allow(paid.quoteWei);
    const request = await requestOn(paid, { executions: greedy.address });
    await executeSigned(request, await sign(request));
    expect(await token.read.allowance([router.address, greedy.address])).to.equal(0n);
  });

  describe("nonces", () => {
    it("invalidateNonces_ofTheCaller_makesItsRequestsWorthless", async () => {
      await enableAccount(line, requester.address);
      const hash = await router.write.invalidateNonces([0n, 1n << 5n], { account: requester.address });
      expect(await eventsOf(line, router, hash)).to.deep.equal([
        { event: "NoncesInvalidated", args: { requester: requester.address, word: 0n, mask: 1n << 5n } },
      ]);
      const request = await requestOn(line);
      await reverts(executeSigned(request, await sign(request), line.quoteWei), "RequestNonceUsed", [
        requester.address,
        5n,
      ]);
      const next = await requestOn(line, { nonce: 6n });
      await executeSigned(next, await sign(next), line.quoteWei);
    });

    it("requestDigest_isWhatIsSigned", async () => {
      const request = await requestOn(line);
      const hash = await router.read.requestDigest([request]);
      expect(await recoverAddress({ hash, signature: await sign(request) })).to.equal(requester.address);
    });
  });
});
