import { expect } from "chai";
import { describe, it } from "mocha";
import { PleiadError } from "../../../sdk/src/errors/base.ts";
import { CONTRACT_NAMES, parseDeployment, serializeDeployment } from "../../../sdk/src/types/deployment.ts";
import { deploymentOf } from "../../../sdk/src/types/deployments.ts";

const ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const DEPLOYMENT = {
  chainId: 31337,
  permissionRegistry: ADDRESS,
  nodeRegistry: ADDRESS,
  modelRegistry: ADDRESS,
  agentRegistry: ADDRESS,
  clusterRegistry: ADDRESS,
  clusterExecutions: ADDRESS,
  fromBlock: 7n,
} as const;

function codeOf(action: () => unknown): { code: string; message: string } {
  try {
    action();
  } catch (error) {
    if (error instanceof PleiadError) return error;
    throw error;
  }
  return expect.fail("nothing was thrown");
}

describe("parseDeployment", () => {
  it("reads what serializeDeployment wrote, as text or as an object", () => {
    const text = serializeDeployment(DEPLOYMENT);
    expect(parseDeployment(text)).to.deep.equal(DEPLOYMENT);
    expect(parseDeployment(JSON.parse(text))).to.deep.equal(DEPLOYMENT);
  });
  it("gives addresses their checksum", () => {
    const text = serializeDeployment(DEPLOYMENT).toLowerCase().replaceAll("chainid", "chainId");
    const keys = [
      "permissionRegistry",
      "nodeRegistry",
      "modelRegistry",
      "agentRegistry",
      "clusterRegistry",
      "clusterExecutions",
      "fromBlock",
    ];
    const json = keys.reduce((all, key) => all.replace(key.toLowerCase(), key), text);
    expect(parseDeployment(json)).to.deep.equal(DEPLOYMENT);
  });
  it("reads the salt where there is one", () => {
    const salted = { ...DEPLOYMENT, salt: `0x${"5a".repeat(32)}` } as const;
    expect(parseDeployment(serializeDeployment(salted))).to.deep.equal(salted);
    const short = { ...JSON.parse(serializeDeployment(salted)), salt: "0x5a" };
    expect(codeOf(() => parseDeployment(short)).message).to.include("salt: expected a salt");
  });
  it("wants each contract of the core, and takes those around it or does without", () => {
    const json = JSON.parse(serializeDeployment(DEPLOYMENT));
    for (const name of CONTRACT_NAMES) {
      const { [name]: _, ...rest } = json;
      expect(codeOf(() => parseDeployment(rest, ["lens"])).message, name).to.include(`${name}: `);
    }
    expect(parseDeployment(json, ["lens"])).to.deep.equal(DEPLOYMENT);
    const around = parseDeployment({ ...json, lens: ADDRESS.toLowerCase() }, ["lens"]);
    expect(around).to.deep.equal({ ...DEPLOYMENT, lens: ADDRESS });
    expect(codeOf(() => parseDeployment({ ...json, lens: "0x" }, ["lens"])).message).to.include("lens: ");
  });
  it("names every wrong key", () => {
    const wrong = {
      ...JSON.parse(serializeDeployment(DEPLOYMENT)),
      chainId: "1",
      nodeRegistry: "0x12",
      more: 1,
    };
    const { code, message } = codeOf(() => parseDeployment(wrong));
    expect(code).to.equal("DEPLOYMENT_INVALID");
    for (const part of ["chainId", "nodeRegistry", "more"]) expect(message).to.include(part);
  });
  it("refuses what is not JSON or no object", () => {
    for (const text of ["", "{", "null", "[]", "7"]) {
      expect(codeOf(() => parseDeployment(text)).code, text).to.equal("DEPLOYMENT_INVALID");
    }
  });
});

describe("deploymentOf", () => {
  it("finds a deployment by its chain, and names a chain that has none", () => {
    expect(deploymentOf(31337, { 31337: DEPLOYMENT })).to.equal(DEPLOYMENT);
    const { code, message } = codeOf(() => deploymentOf(5));
    expect(code).to.equal("DEPLOYMENT_UNKNOWN");
    expect(message).to.include("5");
  });
});
