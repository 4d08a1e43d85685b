/**
 * The code of a custom error: its name in capitals, words apart.
 *
 * @example
 * codeOfErrorName("ExecutionValueMismatch"); // "EXECUTION_VALUE_MISMATCH"
 * codeOfErrorName("AgentURITooLong"); // "AGENT_URI_TOO_LONG"
 */
export function codeOfErrorName(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replace(/([A-Z0-9])([A-Z][a-z])/g, "$1_$2")
    .toUpperCase();
}
