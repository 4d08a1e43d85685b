import { expect } from "chai";
import { describe, it } from "mocha";
import { type Address, keccak256, stringToHex } from "viem";
import { DEPLOYMENT_PLAN, type PlanEntry } from "../../../sdk/src/deployment/plan.ts";
import { plannedContracts } from "../../../sdk/src/deployment/plannedContracts.ts";
import { CONTRACT_NAMES, PERIPHERY_NAMES } from "../../../sdk/src/types/deployment.ts";

describe("DEPLOYMENT_PLAN", () => {
  it("has every name of a deployment once, the core's in their order", () => {
    const names = DEPLOYMENT_PLAN.map(({ name }) => name);
    expect(names)
      .to.have.members([...CONTRACT_NAMES, ...PERIPHERY_NAMES])
      .and.to.have.length(new Set(names).size);
    const isCore = (name: string) => CONTRACT_NAMES.some((core) => core === name);
    expect(names.filter(isCore)).to.deep.equal([...CONTRACT_NAMES]);
  });
  it("gives each constructor as many arguments as it takes, of contracts that stand before it", () => {
    const before = new Set<string>();
    for (const { name, abi, args } of DEPLOYMENT_PLAN) {
      const creation = abi.find((item) => item.type === "constructor");
      expect(args, name).to.have.length(creation?.inputs.length ?? 0);
      for (const argument of args) {
        if (typeof argument === "object") expect(before, name).to.include(argument.addressOf);
      }
      before.add(name);
    }
  });
});

describe("plannedContracts", () => {
  it("tells the same addresses every time, others for another salt", () => {
    const addresses = plannedContracts().map(({ address }) => address);
    expect(plannedContracts().map(({ address }) => address)).to.deep.equal(addresses);
    const salt = keccak256(stringToHex("other"));
    const others = plannedContracts({ salt }).map(({ address }) => address);
    expect(new Set([...addresses, ...others]).size).to.equal(2 * addresses.length);
  });
  it("changes the address of what is made with a contract, and of nothing else, where that contract changes", () => {
    const [permissions, ...rest] = DEPLOYMENT_PLAN;
    const changed = { ...permissions, creationCode: `${permissions?.creationCode}00` } as PlanEntry;
    const [before, after] = [plannedContracts(), plannedContracts({ plan: [changed, ...rest] })];
    const same = before.filter(({ address }, index) => after[index]?.address === address);
    // All others take it, or something that takes it.
    expect(same.map(({ name }) => name)).to.deep.equal(["executionRouter"]);
    const last = DEPLOYMENT_PLAN.at(-1) as PlanEntry;
    const changedLast: PlanEntry = { ...last, creationCode: `${last.creationCode}00` };
    const plan = [...DEPLOYMENT_PLAN.slice(0, -1), changedLast];
    const changedNames = plannedContracts({ plan }).flatMap(({ name, address }, index) =>
      before[index]?.address === address ? [] : [name],
    );
    expect(changedNames).to.deep.equal([last.name]);
  });
  it("gives constructors values as well as addresses, and knows an entry that names a later one for a mistake", () => {
    const abi = [
      {
        type: "constructor",
        stateMutability: "nonpayable",
        inputs: [
          { name: "nodes", type: "address" },
          { name: "other", type: "address" },
          { name: "delaySeconds", type: "uint256" },
        ],
      },
    ] as const;
    const other: Address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    const entry: PlanEntry = {
      name: "bonds",
      source: "contracts/Bonds.sol:Bonds",
      abi,
      creationCode: "0x6001",
      args: [{ addressOf: "permissionRegistry" }, other, 7n],
    };
    const planned = plannedContracts({ plan: [...DEPLOYMENT_PLAN, entry] });
    const word = (hex: string) => hex.slice(2).toLowerCase().padStart(64, "0");
    const args = `0x${word(planned[0]?.address ?? "")}${word(other)}${word("0x7")}`;
    expect(planned.at(-1)).to.include({ constructorArgs: args, initCode: `0x6001${args.slice(2)}` });
    expect(() => plannedContracts({ plan: [entry, ...DEPLOYMENT_PLAN] })).to.throw("does not come before it");
  });
});
