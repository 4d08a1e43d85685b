import { expect } from "chai";
import { describe, it } from "mocha";
import { httpServiceSchema } from "../../../node/src/config/service.ts";
import { embeddingsOf } from "../../../node/src/local/embeddings.ts";
import { type Answer, startServer } from "../agents/fixtures/chatServer.ts";

async function withServer<T>(
  answer: Answer,
  use: (baseUrl: string, seen: Awaited<ReturnType<typeof startServer>>["seen"]) => Promise<T>,
): Promise<T> {
  const server = await startServer(answer);
  try {
    return await use(`${server.origin}/v1/`, server.seen);
  } finally {
    await server.close();
  }
}

function portFor(baseUrl: string, embeddings: string | null = "vectors") {
  const service = httpServiceSchema.parse({ kind: "http", baseUrl, model: "small", apiKeyEnv: "VECTOR_KEY" });
  return embeddingsOf(
    { workspace: { embeddings }, services: new Map([["vectors", service]]) },
    { VECTOR_KEY: "sesame" },
  );
}

async function codeOf(promise: Promise<unknown> | undefined): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

describe("embeddings", () => {
  it("come from the service that the configuration names, with its model and key", async () => {
    const answer: Answer = (_request, response) =>
      response.end(
        JSON.stringify({
          data: [
            { index: 1, embedding: [0, 1] },
            { index: 0, embedding: [1, 0] },
          ],
        }),
      );
    await withServer(answer, async (baseUrl, seen) => {
      const vectors = await portFor(baseUrl)?.embed(["one", "two"]);
      expect(vectors).to.deep.equal([
        [1, 0],
        [0, 1],
      ]);
      expect(seen[0]).to.deep.include({ method: "POST", url: "/v1/embeddings" });
      expect(seen[0]?.headers.authorization).to.equal("Bearer sesame");
      expect(JSON.parse(seen[0]?.body ?? "")).to.deep.equal({
        model: "small",
        input: ["one", "two"],
        encoding_format: "float",
      });
    });
  });

  it("are none where no service is named", () => {
    expect(portFor("http://127.0.0.1:9/v1", null)).to.equal(undefined);
  });

  it("fail with a code that says whether the endpoint refused or answered with something else", async () => {
    const busy: Answer = (_request, response) => void response.writeHead(429).end("{}");
    await withServer(busy, async (baseUrl) => {
      expect(await codeOf(portFor(baseUrl)?.embed(["one"]))).to.match(/^AGENT_HTTP_/);
    });
    const page: Answer = (_request, response) => void response.end("<html>");
    await withServer(page, async (baseUrl) => {
      expect(await codeOf(portFor(baseUrl)?.embed(["one"]))).to.equal("EMBEDDING_INVALID");
    });
    const other: Answer = (_request, response) => void response.end('{"data":[{"index":0}]}');
    await withServer(other, async (baseUrl) => {
      expect(await codeOf(portFor(baseUrl)?.embed(["one"]))).to.equal("EMBEDDING_INVALID");
    });
  });
});
