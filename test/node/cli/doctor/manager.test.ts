import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { checkManager } from "../../../../node/src/cli/doctor/manager.ts";
import { loadConfig } from "../../../../node/src/config/load.ts";
import { fileText } from "../../manager/config/support.ts";

describe("what pleiad doctor says of a manager's file", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "pleiad-doctor-manager-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function findings(text: string | undefined, more = "") {
    const file = join(folder, "manager.yaml");
    rmSync(file, { force: true });
    if (text !== undefined) writeFileSync(file, text, { mode: 0o600 });
    const addresses = [
      "permissionRegistry",
      "nodeRegistry",
      "modelRegistry",
      "agentRegistry",
      "clusterRegistry",
      "clusterExecutions",
    ].map((name, index) => `    ${name}: "0x${String(index + 1).repeat(40)}"\n`);
    const chain = `chain:\n  rpcUrls: [http://127.0.0.1:8545]\n  chainId: 31337\n  contracts:\n${addresses.join("")}`;
    writeFileSync(join(folder, "pleiad.yaml"), `${chain}${more}`, { mode: 0o600 });
    return checkManager(await loadConfig(join(folder, "pleiad.yaml")));
  }
  const NAMED = "manager: { file: manager.yaml }\n";

  it("is nothing without one, and its name where it is right", async () => {
    expect(await findings(fileText())).to.deep.equal([]);
    const [found, ...others] = await findings(fileText(), NAMED);
    expect(others).to.deep.equal([]);
    expect(found).to.include({ outcome: "ok" });
    expect(found?.text).to.include('"Main"').and.to.include(join(folder, "manager.yaml"));
  });

  it("is every mistake of one that would keep the daemon from starting", async () => {
    const [wrong] = await findings(fileText({ name: 7, nmae: "x" }), NAMED);
    expect(wrong).to.include({ outcome: "wrong" });
    expect(wrong?.text).to.include("cluster_manager.name").and.to.include("cluster_manager.nmae");
    const [missing] = await findings(undefined, NAMED);
    expect(missing).to.include({ outcome: "wrong" });
    expect(missing?.hint).to.include("docs/manager.md");
    const [alone] = await findings(fileText(), `${NAMED}network: { enabled: false }\n`);
    expect(alone).to.include({ outcome: "wrong" });
    expect(alone?.text).to.include("needs the network");
  });

  it("is a warning where a webhook has no secret to sign with, and none once it has", async () => {
    const alert_sinks = [
      { kind: "webhook", name: "pager", url: "https://pager.example.org/", secret_file: "alert.secret" },
    ];
    const [, warned] = await findings(fileText({ alert_sinks }), NAMED);
    expect(warned).to.include({ outcome: "warning" });
    expect(warned?.text).to.include("alert.secret");
    const secret = join(folder, "alert.secret");
    writeFileSync(secret, `${"a".repeat(32)}\n`);
    chmodSync(secret, 0o600);
    expect(await findings(fileText({ alert_sinks }), NAMED)).to.have.length(1);
  });
});
