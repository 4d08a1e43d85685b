import { type Address, concat, encodeDeployData, getContractAddress, type Hex } from "viem";
import { CREATE2_FACTORY } from "./create2Factory.ts";
import { DEPLOYMENT_PLAN, DEPLOYMENT_SALT, type PlanArgument, type PlanEntry } from "./plan.ts";

/** A contract of the plan with what follows from plan and salt; the chain has no say in it. */
export interface PlannedContract<name extends string = string> {
  readonly name: name;
  readonly source: string;
  readonly address: Address;
  /** Constructor arguments, encoded. */
  readonly constructorArgs: Hex;
  /** Creation code with the constructor arguments behind it. */
  readonly initCode: Hex;
  /** What to send to the CREATE2 factory. */
  readonly calldata: Hex;
}

/**
 * The contracts of the plan and the addresses that they have on every chain.
 *
 * @param options.plan @default DEPLOYMENT_PLAN
 * @param options.salt @default DEPLOYMENT_SALT
 *
 * @example
 * for (const { name, address } of plannedContracts()) console.log(name, address);
 */
export function plannedContracts<name extends string = string>(
  options: { readonly plan?: readonly PlanEntry<name>[]; readonly salt?: Hex } = {},
): PlannedContract<name>[] {
  const { plan = DEPLOYMENT_PLAN as readonly PlanEntry[] as readonly PlanEntry<name>[] } = options;
  const { salt = DEPLOYMENT_SALT } = options;
  const addresses = new Map<string, Address>();
  return plan.map((entry) => {
    const initCode = initCodeOf(entry, addresses);
    const address = getContractAddress({
      opcode: "CREATE2",
      from: CREATE2_FACTORY,
      salt,
      bytecode: initCode,
    });
    addresses.set(entry.name, address);
    const { name, source, creationCode } = entry;
    const constructorArgs: Hex = `0x${initCode.slice(creationCode.length)}`;
    return { name, source, address, constructorArgs, initCode, calldata: concat([salt, initCode]) };
  });
}

/** Creation code with the constructor arguments behind it, where these are the addresses of the earlier contracts. */
export function initCodeOf(entry: PlanEntry, addresses: ReadonlyMap<string, Address>): Hex {
  const { abi, creationCode: bytecode } = entry;
  const args = entry.args.map((argument) => argumentValue(argument, entry, addresses));
  return encodeDeployData(args.length === 0 ? { abi, bytecode } : { abi, bytecode, args });
}

function argumentValue(
  argument: PlanArgument,
  entry: PlanEntry,
  addresses: ReadonlyMap<string, Address>,
): unknown {
  if (typeof argument !== "object") return argument;
  const address = addresses.get(argument.addressOf);
  if (address !== undefined) return address;
  throw new Error(`the plan of ${entry.name} names ${argument.addressOf}, which does not come before it`);
}
