import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { checkService } from "../../../../node/src/agents/services.ts";
import { serviceSchema } from "../../../../node/src/config/service.ts";
import type { ModelServer } from "../../../fixtures/modelServer/server.ts";
import { startModelServer } from "../../../fixtures/modelServer/server.ts";
import type { Answer, ChatServer } from "../fixtures/chatServer.ts";
import { closedOrigin, startServer } from "../fixtures/chatServer.ts";

const KEY = "sk-planted-key-0123456789";

for (const api of ["chat", "responses", "anthropic"] as const) {
  describe(`check of an http service, api ${api}`, () => {
    let models: ModelServer;
    let server: ChatServer;
    let answer: Answer = () => {};
    before(async () => {
      models = await startModelServer({ keys: [KEY], models: ["m", "n"] });
      server = await startServer((request, response) => answer(request, response));
    });
    after(async () => {
      await models.close();
      await server.close();
    });
    const check = (origin: string, service: object = {}, environment: NodeJS.ProcessEnv = {}) =>
      checkService(
        serviceSchema.parse({ kind: "http", baseUrl: `${origin}/v1`, model: "m", api, ...service }),
        { environment },
      );
    const keyed = { apiKeyEnv: "KEY" };
    /** A server that refuses an empty request and answers this to one for its models. */
    const listing =
      (status: number, body: string): Answer =>
      ({ method }, response) => {
        if (method === "GET") response.writeHead(status).end(body);
        else response.writeHead(400).end('{"error":{"message":"no model"}}');
      };

    it("finds the server and its model, with the key in the API's own header, and asks no model", async () => {
      models.forget();
      const { usable, findings } = await check(models.origin, keyed, { KEY });
      expect({ usable, findings }).to.deep.equal({
        usable: true,
        findings: [`server ${models.origin}`, "model m"],
      });
      expect(models.seen.map(({ key }) => key)).to.deep.equal([KEY, KEY]);
      expect(models.seen.every(({ headers }) => "x-api-key" in headers === (api === "anthropic"))).to.equal(
        true,
      );
      expect(models.seen.map(({ asked }) => asked?.texts ?? [])).to.deep.equal([[], []]);
      expect(models.seen[1]?.url).to.equal(api === "anthropic" ? "/v1/models?limit=1000" : "/v1/models");
    });

    it("says that the server does not list the model, or no models at all", async () => {
      const { findings } = await check(models.origin, { ...keyed, model: "other" }, { KEY });
      expect(findings[1]).to.equal("it does not list the model other");
      answer = listing(200, '{"data":[{"id":"n"},7,null]}');
      expect((await check(server.origin)).findings[1]).to.equal("it does not list the model m");
      for (const [status, body] of [
        [200, ""],
        [200, "[]"],
        [200, '{"data":{}}'],
        [404, "no"],
      ] as const) {
        answer = listing(status, body);
        const { usable, findings: found } = await check(server.origin);
        expect({ usable, found }, body).to.deep.equal({
          usable: true,
          found: [`server ${server.origin}`, "it does not list its models"],
        });
      }
    });

    it("says that the key is refused, where it comes from and never what it is, and that one is wanted", async () => {
      const refused = await check(models.origin, keyed, { KEY: `${KEY}-old` });
      expect(refused.error?.code).to.equal("AGENT_HTTP_KEY_REFUSED");
      expect(refused.findings[0]).to.contain("refused the key in the environment variable KEY");
      expect(JSON.stringify(refused)).not.to.contain(KEY);
      const wanted = await check(models.origin);
      expect(wanted.error?.code).to.equal("AGENT_HTTP_KEY_REFUSED");
      expect(wanted.findings[0]).to.contain("wants a key");
      expect((await check(models.origin, keyed)).error?.code).to.equal("AGENT_HTTP_KEY_MISSING");
    });

    it("says that what answers is no model's server, or speaks another API", async () => {
      const strangers: Answer[] = [
        (_, response) => void response.writeHead(404).end("<html>not found</html>"),
        (_, response) => void response.writeHead(405).end(),
        (_, response) => void response.writeHead(200).end("<html>welcome</html>"),
        (_, response) => void response.writeHead(404).end('{"error":"nothing at this address"}'),
      ];
      for (const [index, stranger] of strangers.entries()) {
        answer = stranger;
        expect((await check(server.origin)).error?.code, `stranger ${index}`).to.equal(
          "AGENT_HTTP_MALFORMED",
        );
      }
    });

    it("takes a server that misses the model in an empty request for what it is", async () => {
      answer = ({ method }, response) =>
        method === "GET"
          ? void response.writeHead(200).end('{"data":[{"id":"m"}]}')
          : void response.writeHead(404).end('{"error":{"message":"model \'\' not found"}}');
      expect(await check(server.origin)).to.deep.include({ usable: true });
    });

    it("says what else is wrong with the server", async () => {
      answer = listing(503, "");
      expect((await check(server.origin)).error?.code).to.equal("AGENT_HTTP_UNAVAILABLE");
      answer = (_, response) => void response.writeHead(403).end();
      expect((await check(server.origin)).error?.code).to.equal("AGENT_HTTP_REFUSED");
      answer = (_, response) => void response.writeHead(307, { location: "https://elsewhere.example" }).end();
      expect((await check(server.origin)).error?.code).to.equal("AGENT_HTTP_REDIRECTED");
      const nobody = await closedOrigin();
      const nowhere = await check(nobody);
      expect(nowhere.error?.code).to.equal("AGENT_HTTP_UNREACHABLE");
      expect(nowhere.findings[0]).to.contain(nobody);
    });
  });
}
