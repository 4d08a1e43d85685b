import { setTimeout as sleep } from "node:timers/promises";
import {
  type ElicitRequestFormParams,
  fromJsonSchema,
  type McpServer,
  ResourceTemplate,
} from "@modelcontextprotocol/server";

/** A red pixel. */
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/** A sound file of no length. */
const WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";
/** What the suite wants between two notices. */
const STEP_MS = 50;

/** Words that all must be given. */
const words = <Name extends string>(...names: Name[]) =>
  fromJsonSchema<Record<Name, string>>({
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
    required: names,
  });

const said = (value: string) => ({ content: [{ type: "text" as const, text: value }] });

/** The tools, resources and prompts that the public conformance suite calls by name. No daemon has them. */
export function addConformanceFixtures(server: McpServer): void {
  addContentTools(server);
  addTalkingTools(server);
  addElicitations(server);
  addResources(server);
  addPrompts(server);
}

function addContentTools(server: McpServer): void {
  const image = { type: "image" as const, data: PNG, mimeType: "image/png" };
  const resource = (uri: string, mimeType: string, text: string) => ({
    type: "resource" as const,
    resource: { uri, mimeType, text },
  });
  server.registerTool("test_simple_text", { description: "Answers a text" }, () =>
    said("This is a simple text response for testing."),
  );
  server.registerTool("test_image_content", { description: "Answers an image" }, () => ({
    content: [image],
  }));
  server.registerTool("test_audio_content", { description: "Answers a sound" }, () => ({
    content: [{ type: "audio" as const, data: WAV, mimeType: "audio/wav" }],
  }));
  server.registerTool("test_embedded_resource", { description: "Answers a resource" }, () => ({
    content: [resource("test://embedded-resource", "text/plain", "This is an embedded resource content.")],
  }));
  server.registerTool("test_multiple_content_types", { description: "Answers three things" }, () => ({
    content: [
      { type: "text" as const, text: "Multiple content types test:" },
      image,
      resource("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ],
  }));
  server.registerTool("test_error_handling", { description: "Fails" }, () => {
    throw new Error("This tool intentionally returns an error for testing");
  });
  server.registerTool(
    "json_schema_2020_12_tool",
    {
      description: "Has a schema with definitions",
      inputSchema: fromJsonSchema({
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: "object",
        $defs: {
          address: {
            type: "object",
            properties: { street: { type: "string" }, city: { type: "string" } },
          },
        },
        properties: { name: { type: "string" }, address: { $ref: "#/$defs/address" } },
        additionalProperties: false,
      }),
    },
    () => said("done"),
  );
}

function addTalkingTools(server: McpServer): void {
  server.registerTool("test_tool_with_logging", { description: "Logs" }, async ({ mcpReq }) => {
    await mcpReq.log("info", "Tool execution started");
    await sleep(STEP_MS);
    await mcpReq.log("info", "Tool processing data");
    await sleep(STEP_MS);
    await mcpReq.log("info", "Tool execution completed");
    return said("logged");
  });
  server.registerTool(
    "test_tool_with_progress",
    { description: "Tells how far it is" },
    async ({ mcpReq }) => {
      const progressToken = mcpReq._meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined)
          await mcpReq.notify({
            method: "notifications/progress",
            params: { progressToken, progress, total: 100 },
          });
        await sleep(STEP_MS);
      }
      return said("done");
    },
  );
  server.registerTool("test_reconnection", { description: "Closes its stream" }, async ({ http }) => {
    http?.closeSSE?.();
    await sleep(2 * STEP_MS);
    return said("reconnected");
  });
  server.registerTool(
    "test_sampling",
    { description: "Asks the client's model", inputSchema: words("prompt") },
    async ({ prompt }, { mcpReq }) => {
      const { content } = await mcpReq.requestSampling(
        { messages: [{ role: "user", content: { type: "text", text: prompt } }], maxTokens: 100 },
        // On the stream of the call: the client's other one may not be there yet, and what is sent to it then is lost.
        { relatedRequestId: mcpReq.id },
      );
      return said(`LLM response: ${JSON.stringify(content)}`);
    },
  );
}

function addElicitations(server: McpServer): void {
  const ask = (name: string, properties: Record<string, unknown>, required: string[] = []) =>
    server.registerTool(
      name,
      { description: "Asks the user", inputSchema: fromJsonSchema({ type: "object" }) },
      async (_input, { mcpReq }) => {
        const { action, content } = await mcpReq.elicitInput(
          {
            message: "Please say",
            requestedSchema: {
              type: "object",
              properties,
              required,
            } as ElicitRequestFormParams["requestedSchema"],
          },
          { relatedRequestId: mcpReq.id },
        );
        return said(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`);
      },
    );
  ask(
    "test_elicitation",
    {
      username: { type: "string", description: "User's response" },
      email: { type: "string", description: "User's email address" },
    },
    ["username", "email"],
  );
  ask("test_elicitation_sep1034_defaults", {
    name: { type: "string", default: "John Doe" },
    age: { type: "integer", default: 30 },
    score: { type: "number", default: 95.5 },
    status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
    verified: { type: "boolean", default: true },
  });
  const titled = ["First", "Second", "Third"].map((title, index) => ({ const: `value${index + 1}`, title }));
  ask("test_elicitation_sep1330_enums", {
    untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
    titledSingle: { type: "string", oneOf: titled },
    legacyEnum: {
      type: "string",
      enum: ["opt1", "opt2", "opt3"],
      enumNames: ["Option One", "Option Two", "Option Three"],
    },
    untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
    titledMulti: { type: "array", items: { anyOf: titled } },
  });
}

function addResources(server: McpServer): void {
  const text = (uri: string, value: string, mimeType = "text/plain") => ({
    contents: [{ uri, mimeType, text: value }],
  });
  server.registerResource("static text", "test://static-text", { description: "A text" }, ({ href }) =>
    text(href, "This is the content of the static text resource."),
  );
  server.registerResource("static binary", "test://static-binary", { description: "Bytes" }, ({ href }) => ({
    contents: [{ uri: href, mimeType: "image/png", blob: PNG }],
  }));
  server.registerResource("watched", "test://watched-resource", { description: "Watched" }, ({ href }) =>
    text(href, "watched"),
  );
  server.registerResource(
    "template",
    new ResourceTemplate("test://template/{id}/data", { list: undefined }),
    { description: "By id" },
    ({ href }, { id }) =>
      text(
        href,
        JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` }),
        "application/json",
      ),
  );
}

function addPrompts(server: McpServer): void {
  const user = (
    content: { type: "text"; text: string } | { type: "image"; data: string; mimeType: string },
  ) => ({
    role: "user" as const,
    content,
  });
  server.registerPrompt("test_simple_prompt", { description: "Says one thing" }, () => ({
    messages: [user({ type: "text", text: "This is a simple prompt for testing." })],
  }));
  server.registerPrompt(
    "test_prompt_with_arguments",
    { description: "Has arguments", argsSchema: words("arg1", "arg2") },
    ({ arg1, arg2 }) => ({
      messages: [user({ type: "text", text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` })],
    }),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { description: "Has a resource", argsSchema: words("resourceUri") },
    ({ resourceUri }) => ({
      messages: [
        {
          role: "user" as const,
          content: {
            type: "resource" as const,
            resource: {
              uri: resourceUri,
              mimeType: "text/plain",
              text: "Embedded resource content for testing.",
            },
          },
        },
        user({ type: "text", text: "Please process the embedded resource above." }),
      ],
    }),
  );
  server.registerPrompt("test_prompt_with_image", { description: "Has an image" }, () => ({
    messages: [
      user({ type: "image", data: PNG, mimeType: "image/png" }),
      user({ type: "text", text: "Please analyze the image above." }),
    ],
  }));
}
