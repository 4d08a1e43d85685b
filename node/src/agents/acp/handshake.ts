import type { AgentCapabilities, McpServer } from "@agentclientprotocol/sdk";
import type { AcpServiceConfig } from "../../config/service.ts";
import { AgentError, type AgentErrorCode } from "../errors.ts";
import type { ToolServer } from "../session.ts";
import { AUTH_REQUIRED, type Connection, type Refusal } from "./connection.ts";
import { isObject, type JsonObject, objectsOf, shownText, textOf } from "./json.ts";
import { configuredModel } from "./updates.ts";
import { PROTOCOL_VERSION } from "./version.ts";
import { broken } from "./wire.ts";

/** What a person is shown of a refusal or of a list of names. */
const SHOWN_CHARACTERS_MAX = 400;

/** What an agent and its session are, once it is ready. */
export interface ReadyAgent {
  readonly sessionId: string;
  /** Whether another process of the same program could go on with the session. */
  readonly canResume: boolean;
  /** Its own name and version. */
  readonly program: string | undefined;
  readonly model: string | undefined;
  readonly takes: NonNullable<AgentCapabilities["promptCapabilities"]>;
}

/** What a handshake is about. */
export interface HandshakeRequest {
  readonly cwd: string;
  readonly toolServers: readonly ToolServer[];
  readonly resume: string | undefined;
}

/**
 * Everything from the first message until the agent takes a prompt: versions and capabilities, the login, a new session or the
 * one to go on with, mode and model.
 *
 * @throws AgentError; and the library's own error when the connection is closed
 */
export async function shakeHands(
  connection: Connection,
  service: Pick<AcpServiceConfig, "authMethod" | "mode" | "model" | "program">,
  request: HandshakeRequest,
): Promise<ReadyAgent> {
  const { agent } = connection;
  const { program } = service;

  /** Sends a request; what the agent refuses becomes an error that says so. */
  async function send(method: string, params: object, code: AgentErrorCode): Promise<JsonObject> {
    try {
      const response = await agent.request(method, params);
      return isObject(response) ? response : {};
    } catch (error) {
      const refusal = connection.refusalOf(error);
      if (refusal === undefined) throw error;
      throw refusedBy(program, method, refusal, code);
    }
  }

  const hello = readHello(
    await send(
      "initialize",
      {
        protocolVersion: PROTOCOL_VERSION,
        clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
        clientInfo: { name: "pleiad", title: "Pleiad", version: "0.1.0" },
      },
      "AGENT_PROTOCOL_BROKEN",
    ),
  );
  if (service.authMethod !== undefined) {
    requireOffered(program, "login", service.authMethod, hello.logins);
    await send("authenticate", { methodId: service.authMethod }, "AGENT_LOGIN_MISSING");
  }
  const place = { cwd: request.cwd, mcpServers: request.toolServers.map(mcpServer) };
  const opened = await openSession();
  const { sessionId } = opened;
  if (service.mode !== undefined) await setMode(service.mode);
  const model = service.model === undefined ? modelOf(opened.settings) : await setModel(service.model);
  return {
    sessionId,
    canResume: hello.resumesBy.length > 0,
    program: hello.program,
    model,
    takes: hello.takes,
  };

  async function openSession(): Promise<{ sessionId: string; settings: JsonObject }> {
    if (request.resume === undefined) {
      const settings = await send("session/new", place, "AGENT_FAILED");
      const id = textOf(settings.sessionId);
      if (id === undefined || id === "") throw broken("it began a session without an identifier");
      return { sessionId: id, settings };
    }
    const [first, second] = hello.resumesBy;
    if (first === undefined)
      throw new AgentError("AGENT_SESSION_LOST", `${program} cannot go on with an earlier session`);
    const earlier = { ...place, sessionId: request.resume };
    const settings = await send(first, earlier, "AGENT_SESSION_LOST").catch((error: unknown) => {
      // One of the known programs says that it can do the first, and knows no such method.
      if (second === undefined || !(error instanceof AgentError) || error.code !== "AGENT_SESSION_LOST")
        throw error;
      return send(second, earlier, "AGENT_SESSION_LOST");
    });
    return { sessionId: request.resume, settings };
  }

  async function setMode(mode: string): Promise<void> {
    const modes = isObject(opened.settings.modes) ? objectsOf(opened.settings.modes.availableModes) : [];
    const option = optionOf(opened.settings, "mode");
    const names = modes.map(({ id }) => textOf(id) ?? "");
    requireOffered(program, "mode", mode, names.length > 0 ? names : (option?.values ?? []));
    if (names.length > 0)
      await send("session/set_mode", { sessionId, modeId: mode }, "AGENT_SETTING_REFUSED");
    else await setOption(option?.id ?? "", mode);
  }

  async function setModel(model: string): Promise<string | undefined> {
    const option = optionOf(opened.settings, "model");
    requireOffered(program, "model", model, option?.values ?? []);
    const settings = await setOption(option?.id ?? "", model);
    return modelOf(settings) ?? model;
  }

  function setOption(configId: string, value: string): Promise<JsonObject> {
    return send("session/set_config_option", { sessionId, configId, value }, "AGENT_SETTING_REFUSED");
  }
}

interface Hello {
  readonly program: string | undefined;
  readonly logins: readonly string[];
  /** How it goes on with a session, the better way first: loading one tells all of it again. */
  readonly resumesBy: readonly ("session/resume" | "session/load")[];
  readonly takes: ReadyAgent["takes"];
}

function readHello(response: JsonObject): Hello {
  const { protocolVersion } = response;
  if (protocolVersion !== PROTOCOL_VERSION)
    throw broken(
      `it speaks version ${shownText(String(protocolVersion), 20)} of it, not ${PROTOCOL_VERSION}`,
    );
  const capabilities = isObject(response.agentCapabilities) ? response.agentCapabilities : {};
  const session = isObject(capabilities.sessionCapabilities) ? capabilities.sessionCapabilities : {};
  const takes = isObject(capabilities.promptCapabilities) ? capabilities.promptCapabilities : {};
  const info = isObject(response.agentInfo) ? response.agentInfo : {};
  const name = [info.name, info.version].flatMap((part) => textOf(part) ?? []).join(" ");
  return {
    program: name === "" ? undefined : shownText(name, SHOWN_CHARACTERS_MAX),
    logins: objectsOf(response.authMethods).flatMap(({ id }) => textOf(id) ?? []),
    resumesBy: [
      ...(isObject(session.resume) ? (["session/resume"] as const) : []),
      ...(capabilities.loadSession === true ? (["session/load"] as const) : []),
    ],
    takes: {
      image: takes.image === true,
      audio: takes.audio === true,
      embeddedContext: takes.embeddedContext === true,
    },
  };
}

function mcpServer({ name, command, args, environment }: ToolServer): McpServer {
  const env = Object.entries(environment).map(([variable, value]) => ({ name: variable, value }));
  return { name, command, args: [...args], env };
}

/** An option of a session with its possible values, which may stand in groups. */
function optionOf(
  settings: JsonObject,
  category: string,
): { readonly id: string; readonly values: readonly string[] } | undefined {
  const option = objectsOf(settings.configOptions).find((one) => one.category === category);
  const id = textOf(option?.id);
  if (option === undefined || id === undefined) return undefined;
  const values = objectsOf(option.options).flatMap((one) => [one, ...objectsOf(one.options)]);
  return { id, values: values.flatMap(({ value }) => textOf(value) ?? []) };
}

function modelOf(settings: JsonObject): string | undefined {
  const model = configuredModel(settings.configOptions);
  return model === undefined ? undefined : shownText(model, SHOWN_CHARACTERS_MAX);
}

function requireOffered(program: string, what: string, name: string, offered: readonly string[]): void {
  if (offered.includes(name)) return;
  const list = offered.length === 0 ? "none" : offered.map((one) => JSON.stringify(one)).join(", ");
  throw new AgentError(
    "AGENT_SETTING_REFUSED",
    `${program} does not offer the ${what} ${JSON.stringify(name)}, but ${shownText(list, SHOWN_CHARACTERS_MAX)}`,
    { details: { program, [what]: name } },
  );
}

/** The error for something that the agent's program refused. */
export function refusedBy(
  program: string,
  method: string,
  { code: reason, message }: Refusal,
  code: AgentErrorCode,
): AgentError {
  const shown = shownText(message, SHOWN_CHARACTERS_MAX);
  return new AgentError(
    reason === AUTH_REQUIRED ? "AGENT_LOGIN_MISSING" : code,
    `${program} refuses ${method}: ${shown}`,
    { details: { program, method, reason } },
  );
}
