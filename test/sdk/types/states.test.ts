import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import {
  CREDIT_KINDS,
  EXECUTION_STATES,
  NODE_STATUSES,
  ROLES,
  SKIP_REASONS,
  VERSION_STATUSES,
} from "../../../sdk/src/types/states.ts";

/** The names of an enum, as the interface declares them. */
function enumOf(file: string, name: string): string[] {
  const source = readFileSync(new URL(`../../../contracts/interfaces/${file}.sol`, import.meta.url), "utf8");
  const body = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(source)?.[1] ?? "";
  return body.split(",").map((part) => part.trim());
}

describe("states", () => {
  it("has the names of the contracts' enums, in their order", () => {
    expect([...NODE_STATUSES]).to.deep.equal(enumOf("INodeRegistry", "NodeStatus"));
    expect([...EXECUTION_STATES]).to.deep.equal(enumOf("IClusterExecutions", "ExecutionState"));
    expect([...ROLES]).to.deep.equal(enumOf("IClusterExecutions", "Role"));
    expect([...CREDIT_KINDS]).to.deep.equal(enumOf("IClusterExecutions", "CreditKind"));
    expect([...VERSION_STATUSES]).to.deep.equal(enumOf("IClusterRegistry", "VersionStatus"));
    expect([...SKIP_REASONS]).to.deep.equal(enumOf("IClusterExecutions", "SkipReason"));
  });
});
