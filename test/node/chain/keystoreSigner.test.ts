import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "mocha";
import { createKeystoreSigner } from "../../../node/src/chain/keystoreSigner.ts";
import { createKeystore } from "../../../node/src/config/keystore.ts";
import { KEY, signerBehavior } from "./signer.behavior.ts";

describe("keystore signer", () => {
  let folder: string;

  signerBehavior(
    async () => {
      folder = await mkdtemp(join(tmpdir(), "pleiad-test-"));
      const path = join(folder, "keystore.json");
      await createKeystore({ path, password: "password", privateKey: KEY, cost: "light" });
      return createKeystoreSigner(path, "password");
    },
    () => rm(folder, { recursive: true }),
  );
});
