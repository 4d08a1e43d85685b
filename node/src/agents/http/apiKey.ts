import { open } from "node:fs/promises";
import type { HttpServiceConfig } from "../../config/service.ts";
import { AgentError } from "../errors.ts";
import { isSystemError } from "../systemError.ts";

/** Longer is not a key but the wrong file. */
export const API_KEY_BYTES_MAX = 4_096;

/**
 * The key of an http service, or `undefined` if it needs none. Read at each run, so a key can be changed without a
 * restart. Errors name the variable or the file, never the value.
 *
 * @throws AgentError AGENT_HTTP_KEY_MISSING
 */
export async function readApiKey(
  service: HttpServiceConfig,
  environment: Readonly<NodeJS.ProcessEnv>,
): Promise<string | undefined> {
  const { apiKeyEnv, apiKeyFile } = service;
  if (apiKeyEnv !== undefined) {
    const where = `the environment variable ${apiKeyEnv}`;
    const value = environment[apiKeyEnv];
    if (value === undefined) throw missing(`${where} is not set`, { apiKeyEnv });
    return usableKey(value, where, { apiKeyEnv });
  }
  if (apiKeyFile === undefined) return undefined;
  return usableKey(await readKeyFile(apiKeyFile), `the file ${apiKeyFile}`, { apiKeyFile });
}

async function readKeyFile(apiKeyFile: string): Promise<string> {
  try {
    await using file = await open(apiKeyFile, "r");
    // One byte more than allowed shows that there is more.
    const { bytesRead, buffer } = await file.read(Buffer.alloc(API_KEY_BYTES_MAX + 1));
    return buffer.toString("utf8", 0, bytesRead);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw missing(`the file ${apiKeyFile} cannot be read: ${error.code}`, {
      apiKeyFile,
      errorCode: error.code,
    });
  }
}

function usableKey(value: string, where: string, details: Readonly<Record<string, string>>): string {
  const key = value.trim();
  if (key === "") throw missing(`${where} is empty`, details);
  if (key.length > API_KEY_BYTES_MAX)
    throw missing(`${where} holds more than ${API_KEY_BYTES_MAX} bytes`, details);
  // Anything else cannot stand in a header, and a second line would be another one.
  if (!/^[\x21-\x7e]+$/.test(key)) throw missing(`${where} holds something other than one key`, details);
  return key;
}

function missing(message: string, details: Readonly<Record<string, string>>): AgentError {
  return new AgentError("AGENT_HTTP_KEY_MISSING", message, { details });
}
