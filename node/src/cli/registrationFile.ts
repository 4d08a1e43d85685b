import { type Command, InvalidArgumentError } from "commander";
import { isCapability, isRegistrationName } from "../local/manager/registrations.ts";
import { CAPABILITIES_MAX } from "../workspace/limits.ts";
import { cliError } from "./cliError.ts";

/** What an agent says of itself, and where: by a file elsewhere, or by one that stands in its address whole. */
export interface RegistrationOptions {
  readonly uri?: string;
  readonly name?: string;
  readonly capability?: readonly string[];
}

/** The kind of file, as ERC-8004 names it. */
const TYPE = "https://eips.ethereum.org/EIPS/eip-8004#registration-v1";

/** Adds `--uri`, `--name` and `--capability`. */
export function addRegistrationOptions(command: Command, conflicts: readonly string[]): Command {
  return command
    .addOption(
      command
        .createOption("--uri <uri>", "where the registration file is")
        .conflicts(["name", "capability", ...conflicts]),
    )
    .addOption(
      command
        .createOption("--name <name>", "its name, in a registration file that the chain keeps")
        .argParser(parseName)
        .conflicts([...conflicts]),
    )
    .addOption(
      command
        .createOption(
          "--capability <text>",
          "what it can do, such as reading, in the same file: what cluster managers find it by; again for each",
        )
        .argParser(collectCapability)
        .conflicts([...conflicts]),
    );
}

/** The address of the registration file, where the options say one. */
export function registrationUri({ uri, name, capability }: RegistrationOptions): string | undefined {
  if (uri !== undefined) return uri;
  if (name === undefined && capability === undefined) return undefined;
  const file = {
    type: TYPE,
    ...(name === undefined ? {} : { name }),
    ...(capability === undefined ? {} : { capabilities: capability }),
  };
  return `data:application/json;base64,${Buffer.from(JSON.stringify(file)).toString("base64")}`;
}

function parseName(text: string): string {
  if (isRegistrationName(text)) return text;
  throw new InvalidArgumentError(
    "Expected 1 to 64 letters, digits, spaces or ._- with a letter or digit first.",
  );
}

function collectCapability(text: string, before: readonly string[] = []): readonly string[] {
  const capability = text.trim().toLowerCase();
  if (!isCapability(capability))
    throw new InvalidArgumentError(
      "Expected 1 to 64 letters, digits, spaces or ._:/+- with a letter or digit first, such as reading.",
    );
  const all = [...new Set([...before, capability])];
  if (all.length > CAPABILITIES_MAX)
    throw cliError("USAGE_INVALID", `an agent has at most ${CAPABILITIES_MAX} capabilities`);
  return all;
}
