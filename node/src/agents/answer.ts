import { AgentError } from "./errors.ts";
import { invalidUtf8Offset, isBlank } from "./text.ts";

/**
 * The check that every answer passes, whatever it comes from. It is returned unchanged.
 *
 * @throws AgentError AGENT_OUTPUT_TOO_LARGE, AGENT_OUTPUT_NOT_UTF8 (with the offset), AGENT_OUTPUT_EMPTY
 */
export function checkAnswer(output: Uint8Array, outputBytesMax: number): Uint8Array {
  if (output.length > outputBytesMax) throw outputTooLarge(outputBytesMax);
  const offset = invalidUtf8Offset(output);
  if (offset !== undefined) {
    throw new AgentError("AGENT_OUTPUT_NOT_UTF8", `the answer is not UTF-8 from byte ${offset} on`, {
      details: { offset, outputBytes: output.length },
    });
  }
  if (isBlank(new TextDecoder().decode(output))) {
    throw new AgentError(
      "AGENT_OUTPUT_EMPTY",
      `the answer is empty (${output.length} bytes, none but white space)`,
      {
        details: { outputBytes: output.length },
      },
    );
  }
  return output;
}

/** The error for an answer above its limit, in bytes. */
export function outputTooLarge(outputBytesMax: number): AgentError {
  return new AgentError("AGENT_OUTPUT_TOO_LARGE", `the answer has more than ${outputBytesMax} bytes`, {
    details: { outputBytesMax },
  });
}
