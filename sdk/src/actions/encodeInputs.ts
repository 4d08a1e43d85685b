import { sdkError } from "../errors/sdkError.ts";

/**
 * The input that brings a text for each variable which a version names: JSON, in the order of the names and without
 * spaces, so that the same texts always have the same digest. Pure.
 *
 * @param names What `Version.inputs` says.
 * @param inputs A text for each of them.
 * @throws PleiadError `INPUTS_INVALID` naming what is missing and what the version does not know.
 *
 * @example
 * encodeInputs(["question", "document"], { document: "…", question: "Who?" }); // {"question":"Who?","document":"…"}
 */
export function encodeInputs(names: readonly string[], inputs: Readonly<Record<string, string>>): string {
  const missing = names.filter((name) => !Object.hasOwn(inputs, name));
  const unknown = Object.keys(inputs).filter((name) => !names.includes(name));
  if (missing.length > 0 || unknown.length > 0) {
    const wrong = [
      ...missing.map((name) => `"${name}" is missing`),
      ...unknown.map((name) => `"${name}" is not one of the version's`),
    ];
    throw sdkError("INPUTS_INVALID", `the inputs do not fit the version: ${wrong.join(", ")}`, {
      details: { missing, unknown, names },
    });
  }
  // By hand, as an object would put names that are numbers first.
  return `{${names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(inputs[name])}`).join(",")}}`;
}
