import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { PASSWORD_BYTES_MAX, readPassword } from "../../../node/src/config/password.ts";
import { failure, temporaryFolder } from "./helpers.ts";

describe("password", () => {
  it("comes from a file, without the line break at its end and with everything else", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "password");
    for (const [content, password] of [
      ["secret", "secret"],
      ["secret\n", "secret"],
      ["secret\r\n", "secret"],
      [" two words \n\n", " two words \n"],
    ] as const) {
      await writeFile(file, content, { mode: 0o600 });
      expect(await readPassword({ file, env: null })).to.equal(password);
    }
  });

  it("comes from the environment variable that is named, and no other", async () => {
    const environment = { NODE_PASSWORD: "secret", OTHER: "other" };
    expect(await readPassword({ file: null, env: "NODE_PASSWORD" }, environment)).to.equal("secret");
    expect(await readPassword({ file: null, env: null }, environment)).to.equal(undefined);
    const error = await failure(readPassword({ file: null, env: "ABSENT" }, environment), "PASSWORD_MISSING");
    expect(error.message).to.contain("ABSENT");
  });

  it("is refused when others may read its file, when there is none, and when it is too long", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "password");
    const read = () => readPassword({ file, env: null });
    await failure(read(), "PASSWORD_MISSING");
    await writeFile(file, "secret-canary", { mode: 0o600 });
    await chmod(file, 0o644);
    const error = await failure(read(), "PASSWORD_FILE_MODE");
    expect(error.hint).to.equal(`chmod 600 ${file}`);
    expect(JSON.stringify([error.message, error.details])).not.to.contain("canary");
    await chmod(file, 0o600);
    await writeFile(file, "\n");
    await failure(read(), "PASSWORD_MISSING");
    await writeFile(file, "x".repeat(PASSWORD_BYTES_MAX + 1));
    await failure(read(), "PASSWORD_UNREADABLE");
    await failure(readPassword({ file: folder.path, env: null }), "PASSWORD_UNREADABLE");
  });
});
