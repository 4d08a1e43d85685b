/**
 * What somebody at a terminal types next, for errors whose own advice speaks of the SDK's functions or names no command: added
 * to that advice for a person, not for a program.
 */
const COMMANDS: Readonly<Record<string, string>> = {
  // Without a prototype: a code may be any word.
  __proto__: null as never,
  // Most who meet this one have closed the terminal in which the local network was up.
  RPC_UNREACHABLE: "The local network is brought up by: pleiad up",
  ALLOWANCE_TOO_LOW:
    "The commands: pleiad cluster execute CLUSTER --approve, or pleiad allowance give TOKEN executions AMOUNT",
  BOND_NOTHING_UNBONDING: "It is asked for by: pleiad bond withdraw NODE AMOUNT",
  CREDIT_EMPTY: "What there is, in every currency: pleiad credit list",
  EXECUTION_CANCELLED: "The refund: pleiad credit withdraw account",
  EXECUTION_EXPIRED:
    "The reasons: pleiad execution show ID --why; the refund: pleiad credit withdraw account",
  EXECUTION_FAILED: "The reasons: pleiad execution show ID --why; the refund: pleiad credit withdraw account",
  EXECUTION_INPUT_TOO_LARGE:
    "Without --inline the local network's nodes keep it, and only its digest goes on the chain.",
  NODE_KEY_TAKEN: "How the node of a folder is: pleiad node status FOLDER",
  PERMISSION_UNKNOWN: "What there is: pleiad delegate list KIND ID, pleiad grant show KIND ID ADDRESS",
  VALIDATION_EXISTS: "Another request about the same answer: --again",
};

/** Codes that have such a line. */
export const ADVISED_CODES: readonly string[] = Object.keys(COMMANDS);

/** An error's advice, and which command follows it. */
export function adviceFor(code: string, advice: string): string {
  const command = COMMANDS[code];
  if (command === undefined) return advice;
  return `${advice}${/[.!?]$/.test(advice) ? "" : "."} ${command}`;
}
