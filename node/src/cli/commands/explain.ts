import { didYouMean } from "../../config/didYouMean.ts";
import { cliError } from "../cliError.ts";
import { addExamples, type DefineCommand, setAction } from "../define.ts";
import { allCodes, codesByPart, type Explanation, explanationOf, explanationsOf } from "../errorTable.ts";
import type { Output } from "../output.ts";

/** `pleiad explain [CODE]`: an error's cause and what to do about it. */
export const define: DefineCommand = (command, around) => {
  command.argument("[code]", "the code of an error; without it, all codes are listed");
  addExamples(command, [
    ["pleiad explain EXECUTION_VALUE_MISMATCH", "its cause, and what to do"],
    ["pleiad explain", "all codes"],
    ["pleiad explain RPC_UNREACHABLE --json", "the same for a program"],
  ]);
  setAction(command, around, async ({ output }, code) => {
    if (code === undefined) return listAll(output);
    return explain(code.toUpperCase(), output);
  });
};

function explain(code: string, output: Output): undefined {
  const explanations = explanationsOf(code);
  if (explanations.length === 0) throw unknownCode(code);
  output.json({ code, explanations });
  for (const [index, explanation] of explanations.entries()) {
    if (index > 0) output.line();
    printOne(code, explanation, explanations.length > 1, output);
  }
}

function printOne(code: string, explanation: Explanation, isOneOfMany: boolean, output: Output): void {
  const { part, title, cause, whatToDo, retryable } = explanation;
  const { style } = output;
  output.line(`${style.title(code)}${isOneOfMany ? style.quiet(`  in ${part}`) : ""}`);
  output.facts([
    ["what", title],
    ["cause", cause],
    ["do", whatToDo],
    [
      "later",
      retryable ? "The same may succeed later: exit code 75." : "The same would fail again: exit code 1.",
    ],
  ]);
}

function unknownCode(code: string): Error {
  const meant = didYouMean(code, allCodes());
  return cliError("CODE_UNKNOWN", `no error has the code ${code}`, {
    ...(meant === undefined
      ? {}
      : { hint: `did you mean ${meant}? pleiad explain, without a code, lists all` }),
    details: { code, ...(meant === undefined ? {} : { suggestions: [meant] }) },
  });
}

function listAll(output: Output): undefined {
  output.json({ codes: allCodes().map((code) => ({ code, title: explanationOf(code)?.title })) });
  for (const [index, [part, codes]] of codesByPart().entries()) {
    if (index > 0) output.line();
    output.line(output.style.title(part));
    output.table(
      [{ header: "code" }, { header: "what", narrow: "wrap" }],
      codes.map((code) => [code, titleIn(part, code)]),
    );
  }
}

function titleIn(part: string, code: string): string {
  return explanationsOf(code).find((explanation) => explanation.part === part)?.title ?? "";
}
