import { expect } from "chai";
import { describe, it } from "mocha";
import { AgentError } from "../../../../node/src/agents/errors.ts";
import { type NamedRepository, namedRepository } from "../../../../node/src/agents/repositories/named.ts";

function codeOf(request: string): string {
  try {
    namedRepository(request, []);
  } catch (error) {
    if (error instanceof AgentError) return error.code;
    throw error;
  }
  return "none";
}

describe("namedRepository", () => {
  const read: Readonly<Record<string, NamedRepository | undefined>> = {
    "a text": undefined,
    "Repository: app\n\nx": undefined,
    "look:\nrepository: app\n\nx": undefined,
    "repository: app": { repository: "app" },
    "repository:app\r\nbase:\tmain \r\n\r\nx": { repository: "app", base: "main" },
    "repository: app\n\nbase: main": { repository: "app" },
    "repository: https://h/x.git\nbase: v1.2/rc-1@x\n\nx": {
      repository: "https://h/x.git",
      base: "v1.2/rc-1@x",
    },
  };
  for (const [request, expected] of Object.entries(read))
    it(`namedRepository_${JSON.stringify(request)}_isReadAsDocumented`, () => {
      expect(namedRepository(request, [])).to.deep.equal(expected);
    });

  it("namedRepository_versionWithNamedInputs_isReadFromThemAlone", () => {
    const request = '{"repository":"app","base":"","what":"x"}';
    const inputs = [
      { name: "repository", text: " app\n" },
      { name: "base", text: "" },
      { name: "what", text: "repository: other\n\nx" },
    ];
    expect(namedRepository(request, inputs)).to.deep.equal({ repository: "app" });
    expect(namedRepository(request, [{ name: "what", text: "repository: other\n\nx" }])).to.equal(undefined);
  });

  it("namedRepository_headerThatIsNone_isRefused", () => {
    for (const request of [
      "repository:",
      "repository: \n\nx",
      "repository: a b\n\nx",
      "repository: a\u0000b\n\nx",
      `repository: ${"a".repeat(1_025)}\n\nx`,
      "repository: app\nx",
      "repository: app\nbase: a\nbase: b\n\nx",
      "repository: app\nrepository: b\n\nx",
    ])
      expect(codeOf(request), JSON.stringify(request.slice(0, 60))).to.equal("REPOSITORY_HEADER_INVALID");
  });

  it("namedRepository_baseThatGitCouldTakeForMore_isRefused", () => {
    for (const base of [
      "-x",
      "--upload-pack=id",
      "main:evil",
      "+main",
      "main..next",
      "main~1",
      "main^{}",
      "main@{1}",
      "@{u}",
      "refs/heads/*",
      "a b",
      "a//b",
      "a/.b",
      "a.lock",
      "a.lock/b",
      "a/",
      "a.",
      "ä",
      "/a",
      ".a",
      "",
      "a".repeat(201),
    ])
      expect(codeOf(`repository: app\nbase: ${base}\n\nx`), base).to.equal("REPOSITORY_BASE_INVALID");
  });
});
