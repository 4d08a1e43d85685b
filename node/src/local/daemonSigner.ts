import { readFile } from "node:fs/promises";
import { PleiadError } from "@pleiad/sdk/errors";
import type { Logger } from "pino";
import { createKeystoreSigner } from "../chain/keystoreSigner.ts";
import { createRemoteSigner } from "../chain/remoteSigner.ts";
import type { SignerTls } from "../chain/remoteSignerCall.ts";
import type { Signer } from "../chain/signer.ts";
import { errnoOf } from "../config/files.ts";
import { readPrivateFile } from "../config/privateFile.ts";
import type { Config } from "../config/table.ts";

/** Chains of certificates are a tenth of this. Bytes. */
const PEM_BYTES_MAX = 262_144;

/**
 * The node key, wherever the configuration says that it is.
 *
 * @param password of the node's keystore; unused with a remote signer
 * @throws PleiadError SIGNER_…; the errors of `readKeystore`; PASSWORD_MISSING
 */
export async function openNodeSigner(
  config: Config,
  password: string | undefined,
  modules: { readonly logger: Logger },
): Promise<Signer> {
  const {
    remoteSignerUrl: url,
    remoteSignerAddress: address,
    remoteSignerTimeoutMs: timeoutMs,
  } = config.keys;
  if (url !== null && address !== null)
    return createRemoteSigner({ url, address, timeoutMs, tls: await readTls(config) }, modules);
  if (password !== undefined) return createKeystoreSigner(config.node.keystore, password);
  throw new PleiadError("the keystore's password is not configured", {
    code: "PASSWORD_MISSING",
    hint: "set node.passwordFile or node.passwordEnv in the node's pleiad.yaml",
  });
}

async function readTls({ keys }: Config): Promise<SignerTls> {
  const { remoteSignerCaFile, remoteSignerCertificateFile, remoteSignerKeyFile } = keys;
  return {
    ca: await readCertificates(remoteSignerCaFile),
    certificate: await readCertificates(remoteSignerCertificateFile),
    key:
      remoteSignerKeyFile === null
        ? undefined
        : await readPrivateFile(remoteSignerKeyFile, {
            what: "the key for the remote signer",
            bytesMax: PEM_BYTES_MAX,
            codes: {
              missing: "SIGNER_TLS_UNREADABLE",
              unreadable: "SIGNER_TLS_UNREADABLE",
              mode: "SIGNER_TLS_KEY_MODE",
              tooLarge: "SIGNER_TLS_UNREADABLE",
            },
          }),
  };
}

async function readCertificates(path: string | null): Promise<string | undefined> {
  if (path === null) return undefined;
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new PleiadError(`cannot read the certificates at ${path}: ${errnoOf(cause) ?? "unknown"}`, {
      code: "SIGNER_TLS_UNREADABLE",
      hint: "check the path under keys in pleiad.yaml, and that this user may read it",
      details: { path },
      cause,
    });
  }
}
