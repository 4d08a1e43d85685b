import { createInterface } from "node:readline/promises";
import { ReadStream } from "node:tty";
import { cliError } from "./cliError.ts";
import type { Surroundings, TextSink } from "./surroundings.ts";

/** What ends a line, what takes a character back, and what gives up, as a terminal in raw mode sends them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Ctrl-D is a control character
const ENTER = /[\r\n\u0004]/;
const BACKSPACE = /[\u007f\b]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: Ctrl-C is a control character
const INTERRUPT = /\u0003/;

/**
 * Asks a question that is answered by yes or no; anything but yes is no.
 *
 * @throws PleiadError PROMPT_IMPOSSIBLE without a terminal, NOT_CONFIRMED
 */
export async function confirm(question: string, around: Surroundings): Promise<void> {
  const input = terminalOf(question, around, "say yes by an option: --yes");
  const lines = createInterface({ input, output: around.stderr as TextSink & NodeJS.WritableStream });
  try {
    const answer = await lines.question(`${question} [y/N] `);
    if (/^\s*y(es)?\s*$/i.test(answer)) return;
  } finally {
    lines.close();
  }
  throw cliError("NOT_CONFIRMED", "not confirmed: nothing was sent");
}

/** How a password of an option's keystore is given without a terminal. */
const PASSWORD_OPTIONS = "give it by --password-file or --password-env";

/**
 * Asks for a password without showing it.
 *
 * @param instead What to do without a terminal.
 * @throws PleiadError PROMPT_IMPOSSIBLE without a terminal
 */
export async function askPassword(
  question: string,
  around: Surroundings,
  instead: string = PASSWORD_OPTIONS,
): Promise<string> {
  const input = terminalOf(question, around, instead);
  around.stderr.write(question);
  input.setRawMode(true);
  input.resume();
  try {
    return await hiddenLine(input);
  } finally {
    input.setRawMode(false);
    input.pause();
    around.stderr.write("\n");
  }
}

/** Asks for a new password, twice. @throws PleiadError PROMPT_IMPOSSIBLE, PASSWORDS_DIFFER */
export async function askNewPassword(around: Surroundings): Promise<string> {
  const password = await askPassword("New password for the keystore: ", around);
  if ((await askPassword("The same once more: ", around)) === password) return password;
  throw cliError("PASSWORDS_DIFFER", "the two passwords differ");
}

function terminalOf(question: string, { stdin }: Surroundings, instead: string): ReadStream {
  if (stdin instanceof ReadStream && stdin.isTTY) return stdin;
  throw cliError("PROMPT_IMPOSSIBLE", `nobody is here to answer "${question.trim()}"`, { hint: instead });
}

function hiddenLine(input: ReadStream): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let line = "";
  const take = (chunk: Buffer): void => {
    for (const character of chunk.toString("utf8")) {
      if (INTERRUPT.test(character)) process.kill(process.pid, "SIGINT");
      else if (ENTER.test(character)) resolve(line);
      else line = BACKSPACE.test(character) ? line.slice(0, -1) : line + character;
    }
  };
  input.on("data", take);
  return promise.finally(() => input.off("data", take));
}
