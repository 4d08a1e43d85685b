import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { loadConfig } from "../../../node/src/config/load.ts";
import { CONFIG_CHARS_MAX, CONFIG_FILE } from "../../../node/src/config/parse.ts";
import { failure, temporaryFolder } from "./helpers.ts";

describe("configuration file", () => {
  it("is read with paths from its own folder", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, CONFIG_FILE);
    await writeFile(path, "node: { keystore: keys/a.json }\n");
    const config = await loadConfig(path);
    expect(config.dataFolder).to.equal(folder.path);
    expect(config.node.keystore).to.equal(join(folder.path, "keys", "a.json"));
  });

  it("is named with its line when it is wrong", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, CONFIG_FILE);
    await writeFile(path, "log:\n  level: loud\n");
    expect((await failure(loadConfig(path), "CONFIG_INVALID")).message).to.contain(`${path}:2: log.level`);
  });

  it("says that it is missing, unreadable, or too large", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, CONFIG_FILE);
    const missing = await failure(loadConfig(path), "CONFIG_MISSING");
    expect(missing.message).to.contain(path);
    expect(missing.hint).to.contain("pleiad init");
    await mkdir(path);
    const unreadable = await failure(loadConfig(path), "CONFIG_UNREADABLE");
    expect(unreadable.message).to.equal(`cannot read the configuration at ${path}: it is a folder`);
    expect(unreadable.hint).to.equal(`name the file in it: ${join(path, CONFIG_FILE)}`);
    await writeFile(join(folder.path, "large"), "#".repeat(CONFIG_CHARS_MAX + 1));
    await failure(loadConfig(join(folder.path, "large")), "CONFIG_INVALID");
  });

  it("is refused when anybody may write it, for it names programs", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, CONFIG_FILE);
    await writeFile(path, "");
    await chmod(path, 0o666);
    const error = await failure(loadConfig(path), "CONFIG_MODE");
    expect(error.hint).to.equal(`chmod o-w ${path}`);
    await chmod(path, 0o664);
    await loadConfig(path);
  });
});
