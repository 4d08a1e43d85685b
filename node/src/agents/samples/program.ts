import { SampleFailure } from "./failure.ts";
import { ERROR_LINE_CHARS_MAX, PROMPT_BYTES_MAX } from "./limits.ts";

async function readPrompt(): Promise<Uint8Array> {
  if (process.stdin.isTTY === true) {
    throw new SampleFailure(
      "PROMPT_EMPTY",
      "nothing was piped in",
      "give the prompt on stdin, for example: node reader.ts < document.md",
    );
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > PROMPT_BYTES_MAX) {
      throw new SampleFailure(
        "PROMPT_TOO_LARGE",
        `the prompt is larger than ${PROMPT_BYTES_MAX} bytes`,
        "give a shorter document",
      );
    }
    chunks.push(buffer);
  }
  return Buffer.concat(chunks);
}

/** One line without control characters: the offending value may be anything that came from outside. */
function errorLine(program: string, failure: SampleFailure): string {
  const line = `${program}: ${failure.code}: ${failure.message}; ${failure.hint}`;
  const clean = line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
  return clean.length > ERROR_LINE_CHARS_MAX ? `${clean.slice(0, ERROR_LINE_CHARS_MAX)}…` : clean;
}

/**
 * Runs a sample program: the prompt from stdin, the answer to stdout with exit code 0, or one line on stderr with exit
 * code 1. What is not a `SampleFailure` is a bug and is not caught.
 *
 * @param program its name, for the error line
 * @param answer from the bytes of the prompt and the arguments after the program's name to the answer
 */
export async function runProgram(
  program: string,
  answer: (prompt: Uint8Array, args: readonly string[]) => string,
): Promise<void> {
  try {
    const text = answer(await readPrompt(), process.argv.slice(2));
    process.stdout.write(text);
  } catch (error) {
    if (!(error instanceof SampleFailure)) throw error;
    process.stderr.write(`${errorLine(program, error)}\n`);
    process.exitCode = 1;
    process.stdin.destroy();
  }
}
