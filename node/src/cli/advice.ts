import { explanationOf } from "./errorTable.ts";

/**
 * What somebody at a terminal types next, for errors whose own advice speaks of the SDK's functions or names no command: added
 * to that advice for a person, not for a program.
 */
const COMMANDS: Readonly<Record<string, string>> = {
  // Without a prototype: a code may be any word.
  __proto__: null as never,
  // Most who meet this one have closed the terminal in which the local network was up.
  RPC_UNREACHABLE: "The local network is brought up by: pleiad up",
  DAEMON_SILENT: "The local network's: pleiad up",
  CREDIT_EMPTY: "What there is, in every currency: pleiad credit list",
  EXECUTION_CANCELLED: "The refund: pleiad credit withdraw account",
  EXECUTION_EXPIRED:
    "The reasons: pleiad execution show ID --why; the refund: pleiad credit withdraw account",
  EXECUTION_FAILED: "The reasons: pleiad execution show ID --why; the refund: pleiad credit withdraw account",
  EXECUTION_INPUT_TOO_LARGE:
    "Without --inline the local network's nodes keep it, and only its digest goes on the chain.",
  NODE_NOT_OWNED: "A node of the local network: --key .pleiad/owners/NAME.key",
  NODE_KEY_TAKEN: "How the node of a folder is: pleiad node status FOLDER",
  VERSION_CONFLICT:
    "What stands, with its version: pleiad workspace context KEY; the rules: pleiad workspace rules",
  VALIDATION_EXISTS: "Another request about the same answer: --again",
};

/**
 * The same in the place of an advice that speaks of the SDK's functions, which nobody can type. An error that brings an advice of its
 * own keeps it.
 */
const INSTEAD: Readonly<Record<string, string>> = {
  __proto__: null as never,
  AGENT_METADATA_KEY_RESERVED: "Use another key: the wallet has a call of its own, in the SDK.",
  AGENT_WALLET_DEADLINE_PASSED: "Let the wallet sign again, with a later deadline.",
  AGENT_WALLET_DEADLINE_TOO_FAR: "Let the wallet sign again, with a nearer deadline.",
  AGENT_WALLET_INVALID: "Name another account.",
  AGENT_WALLET_SIGNATURE_INVALID: "Let the wallet sign for the agent's present owner: pleiad agent show ID",
  ALLOWANCE_TOO_LOW:
    "Pay with --approve, or give the allowance: pleiad allowance give TOKEN executions AMOUNT",
  BOND_AMOUNT_OUT_OF_RANGE: "Ask for at most what is bonded: pleiad bond show NODE",
  BOND_NOTHING_UNBONDING: "Ask for it first, and wait 21 days: pleiad bond withdraw NODE AMOUNT",
  CLUSTER_AGENT_NOT_MEMBER: "Check both ids: pleiad cluster show CLUSTER",
  CLUSTER_AGENT_WITHOUT_MODEL: "Name a model for the agent in cluster.yaml: pleiad cluster apply FILE",
  CLUSTER_ORDER_INVALID: "Name each task of the draft: pleiad cluster apply FILE --dry-run",
  CLUSTER_TASK_UNKNOWN: "See which tasks there are: pleiad cluster show CLUSTER",
  CLUSTER_VERSION_WITHOUT_AGENT: "See which agents the version has: pleiad cluster show CLUSTER",
  CLUSTER_VERSION_WITHOUT_MODEL: "See which models the version uses: pleiad cluster show CLUSTER",
  COMPLETION_QUORUM_NEEDED: "Nothing: the daemons settle such a task together.",
  CONTEXT_KEY_UNKNOWN:
    "See all keys: pleiad workspace context; who deleted one: pleiad workspace context KEY --history",
  CURRENCY_IS_NATIVE: "Leave out what is about a token: the run is paid in the chain's own currency.",
  EXECUTION_PAYMENT_FAILED:
    "Get enough of the token, and let the run take it: pleiad cluster execute CLUSTER --approve, or pleiad allowance give TOKEN executions AMOUNT",
  FEEDBACK_CLIENTS_MISSING:
    "Name clients whom you trust, or see the paid ratings: pleiad feedback show AGENT",
  INPUTS_INVALID: "Give a text for each name, with --input NAME=FILE; the names: pleiad cluster show CLUSTER",
  MODEL_NOT_SERVED: "Check both ids; who serves it: pleiad model show MODEL",
  NODE_KEY_PROOF_INVALID:
    "Let the folder's node key sign for the account that sends: pleiad node register FOLDER --key FILE",
  PERMISSION_ROLES_INVALID:
    "Name at least one role; all are taken away by: pleiad delegate remove KIND ID ADDRESS",
  PERMISSION_UNKNOWN:
    "Check id and account. What there is: pleiad delegate list KIND ID, pleiad grant show KIND ID ADDRESS",
  RECIPIENT_UNKNOWN: "See the names: pleiad workspace agents",
  REPUTATION_AGENT_WITHOUT_TASK: "Name an agent that had a task in the run: pleiad execution show ID",
  REQUEST_PAYMENT_FAILED:
    "Its requester needs enough of the token, and lets it be taken: pleiad allowance give TOKEN router AMOUNT",
  THREAD_UNKNOWN: "See the names: pleiad workspace thread; a token for a user shows those of that user.",
  VALIDATION_OUTPUT_NOT_ACCEPTED: "Name the output that was accepted: pleiad execution show ID",
  VALIDATION_TASK_NOT_OF_AGENT: "See which agent did which task: pleiad execution show ID",
};

/** Codes that have such a line. */
export const ADVISED_CODES: readonly string[] = [...Object.keys(COMMANDS), ...Object.keys(INSTEAD)];

/** An error's advice in words that somebody can type, and which command follows it. */
export function adviceFor(code: string, given: string): string {
  const isOwn = given !== "" && given !== explanationOf(code)?.whatToDo;
  const advice = isOwn ? given : (INSTEAD[code] ?? given);
  const command = COMMANDS[code];
  if (command === undefined) return advice;
  return `${advice}${/[.!?]$/.test(advice) ? "" : "."} ${command}`;
}
