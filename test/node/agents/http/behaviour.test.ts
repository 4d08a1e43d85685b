import { after, before, describe } from "mocha";
import { pino } from "pino";
import { createDriver } from "../../../../node/src/agents/services.ts";
import { serviceSchema } from "../../../../node/src/config/service.ts";
import type { Script } from "../../../fixtures/modelServer/script.ts";
import type { ModelServer } from "../../../fixtures/modelServer/server.ts";
import { startModelServer } from "../../../fixtures/modelServer/server.ts";
import type { Behaviour, DriverUnderTest } from "../driverBehaviour.ts";
import { describeDriver } from "../driverBehaviour.ts";
import { closedOrigin } from "../fixtures/chatServer.ts";

/** What models do, by their names. */
const SCRIPTS: Readonly<Record<Exclude<Behaviour, "missing">, Script>> = {
  echo: "echo",
  fail: [{ fault: { kind: "status", status: 500 } }],
  hang: [{ fault: { kind: "hang" } }],
  flood: [{ fault: { kind: "flood" } }],
  notUtf8: [{ fault: { kind: "notUtf8" } }],
  empty: [{ say: "" }],
  blank: [{ say: " \n\t\n" }],
};

for (const api of ["chat", "responses", "anthropic"] as const) {
  for (const stream of [true, false]) {
    describe(`http driver, api ${api}, ${stream ? "streamed" : "whole"}, behaves like every driver`, function () {
      this.timeout(30_000);
      let server: ModelServer;
      let nobody: string;
      before(async () => {
        nobody = await closedOrigin();
        server = await startModelServer({
          script: ({ model }) => SCRIPTS[model as keyof typeof SCRIPTS],
          usage: { input: 90, cached: 30, output: 7 },
          reportedModel: "small-model-2026-01-01",
        });
      });
      after(() => server.close());
      const underTest: DriverUnderTest = {
        create: (behaviour, limits = {}) => {
          const origin = behaviour === "missing" ? nobody : server.origin;
          const service = { kind: "http", baseUrl: `${origin}/v1`, api, stream, model: behaviour, ...limits };
          return createDriver(serviceSchema.parse(service), {
            scratchFolder: "/nowhere",
            environment: {},
            logger: pino({ level: "silent" }),
          });
        },
        codes: { missing: "AGENT_HTTP_UNREACHABLE", fail: "AGENT_HTTP_UNAVAILABLE" },
        reported: {
          usage: { inputTokens: 90, outputTokens: 7, cachedTokens: 30 },
          model: "small-model-2026-01-01",
        },
        untilQuiet: () => server.untilQuiet(),
      };
      describeDriver(() => underTest);
    });
  }
}
