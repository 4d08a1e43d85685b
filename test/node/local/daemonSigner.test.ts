import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { loadConfig } from "../../../node/src/config/load.ts";
import { openNodeSigner } from "../../../node/src/local/daemonSigner.ts";
import { makeCertificates } from "../../fixtures/certificates.ts";
import { startFakeSigner } from "../../fixtures/fakeWeb3Signer.ts";
import { temporaryFolder } from "../../fixtures/pleiad.ts";
import { failure, logger } from "../chain/helpers.ts";
import { COMPLETION, KEY, KEY_ADDRESS } from "../chain/signer.behavior.ts";

describe("the node's key", () => {
  /** Configuration of a signer behind TLS that wants a certificate; files as an operator puts them there. */
  async function configured(folder: string, url: string, files: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(folder, name), text, { mode: 0o600 });
    const path = join(folder, "pleiad.yaml");
    writeFileSync(
      path,
      `keys:
  remoteSignerUrl: ${url}
  remoteSignerAddress: "${KEY_ADDRESS}"
  remoteSignerCaFile: ca.pem
  remoteSignerCertificateFile: client.pem
  remoteSignerKeyFile: client-key.pem
`,
      { mode: 0o600 },
    );
    return loadConfig(path);
  }

  it("is reached at a signer by the certificates that the configuration names", async () => {
    await using folder = temporaryFolder();
    const { ca, server, client } = makeCertificates();
    await using fake = await startFakeSigner({ keys: [KEY], tls: { ...server, clientCa: ca } });
    const files = { "ca.pem": ca, "client.pem": client.cert, "client-key.pem": client.key };
    const signer = await openNodeSigner(await configured(folder.path, fake.url, files), undefined, {
      logger,
    });
    expect(signer.address).to.equal(KEY_ADDRESS);
    await signer.signTypedData(COMPLETION);
  });

  it("is refused where others may read the key of the certificate, and where a file is missing, by its path", async () => {
    await using folder = temporaryFolder();
    const { ca, client } = makeCertificates();
    const url = "https://127.0.0.1:1";
    const config = await configured(folder.path, url, {
      "client.pem": client.cert,
      "client-key.pem": client.key,
    });
    const missing = await failure(openNodeSigner(config, undefined, { logger }), "SIGNER_TLS_UNREADABLE");
    expect(missing.message).to.include(join(folder.path, "ca.pem")).and.to.include("ENOENT");
    writeFileSync(join(folder.path, "ca.pem"), ca);
    chmodSync(join(folder.path, "client-key.pem"), 0o640);
    const open = await failure(openNodeSigner(config, undefined, { logger }), "SIGNER_TLS_KEY_MODE");
    expect(open.message + open.hint)
      .to.include("chmod 600")
      .and.not.to.include("PRIVATE");
  });

  it("needs a password where it is in a keystore", async () => {
    await using folder = temporaryFolder();
    writeFileSync(join(folder.path, "pleiad.yaml"), "", { mode: 0o600 });
    const config = await loadConfig(join(folder.path, "pleiad.yaml"));
    await failure(openNodeSigner(config, undefined, { logger }), "PASSWORD_MISSING");
  });
});
