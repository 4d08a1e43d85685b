import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { createAcpDriver } from "../../../../node/src/agents/acp/acpDriver.ts";
import type { AgentDriver } from "../../../../node/src/agents/driver.ts";
import type { SessionDriver } from "../../../../node/src/agents/session.ts";
import { acpServiceSchema } from "../../../../node/src/config/service.ts";

/** Path of the agent for tests. */
export const fakeAgent = fileURLToPath(new URL("../../../fixtures/fakeAcpAgent.mjs", import.meta.url));

/** A driver whose program is the agent for tests with this script. */
export function fakeDriver(
  scratchFolder: string,
  script: object = {},
  service: object = {},
): AgentDriver & SessionDriver {
  const config = acpServiceSchema.parse({
    kind: "acp",
    program: process.execPath,
    args: [fakeAgent, JSON.stringify(script)],
    readyMs: 15_000,
    ...service,
  });
  return createAcpDriver(config, {
    scratchFolder,
    environment: { ...process.env, CANARY_OF_SESSIONS: "planted" },
    logger: pino({ level: "silent" }),
  });
}
