import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { AgentError } from "../../../../node/src/agents/errors.ts";
import { allowedUrl } from "../../../../node/src/agents/repositories/allowed.ts";
import { temporaryFolder } from "../../../fixtures/pleiad.ts";

describe("allowedUrl", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let allowed: readonly string[];

  before(() => {
    folder = temporaryFolder();
    mkdirSync(join(folder.path, "shelf", "lib"), { recursive: true });
    mkdirSync(join(folder.path, "other"));
    symlinkSync(join(folder.path, "other"), join(folder.path, "shelf", "out"));
    allowed = ["https://git.example/team/", `${folder.path}/shelf/`];
  });
  after(() => folder[Symbol.asyncDispose]());

  const codeOf = (text: string, list = allowed) =>
    allowedUrl(text, list).then(
      ({ url }) => url,
      (error: unknown) => {
        if (error instanceof AgentError) return error.code;
        throw error;
      },
    );

  it("allowedUrl_belowAnEntry_isTaken", async () => {
    expect(await codeOf("https://git.example/team/app.git")).to.equal("https://git.example/team/app.git");
    expect(await codeOf(`file://${folder.path}/shelf/lib`)).to.match(/^file:\/\/\/.*\/shelf\/lib$/);
  });

  it("allowedUrl_elsewhere_isUnlisted", async () => {
    for (const text of [
      "https://git.example/teams/app",
      "https://git.example/",
      "https://git.example.evil/team/app",
      "https://evil/git.example/team/app",
      "https://git.example:8443/team/app",
      `file://${folder.path}/other`,
      `file://${folder.path}/shelf`,
      `file://${folder.path}/shelf/`,
      `file://${folder.path}/shelf/out`,
      `file://${folder.path}/shelf/nothing`,
      "file:///",
    ])
      expect(await codeOf(text), text).to.equal("REPOSITORY_UNLISTED");
    expect(await codeOf(`file://${folder.path}/shelf/lib`, [])).to.equal("REPOSITORY_UNLISTED");
  });

  it("allowedUrl_anythingButAPlainUrl_isRefused", async () => {
    for (const text of [
      "",
      "app/..",
      "../app",
      "/etc",
      "http://git.example/team/app",
      "git://git.example/team/app",
      "ssh://git.example/team/app",
      "git@git.example:team/app",
      "ext::id",
      "fd::3",
      "--upload-pack=id",
      "https://user@git.example/team/app",
      "https://user:pass@git.example/team/app",
      "https://git.example/team/../secret/app",
      "https://git.example/team/%2e%2e/secret",
      "https://git.example/team\\..\\secret",
      "https://git.example/team/app?x=1",
      "https://git.example/team/app#x",
      "https://git.example:443/team/app",
      "https://GIT.example/team/app",
      "HTTPS://git.example/team/app",
      `file://${folder.path}/shelf/../other`,
      `file://localhost${folder.path}/shelf/lib`,
      "javascript:alert(1)",
    ])
      expect(await codeOf(text), text).to.equal("REPOSITORY_URL_REFUSED");
  });
});
