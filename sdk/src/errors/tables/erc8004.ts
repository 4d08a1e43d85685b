/** Failures that the contracts tell in words, since ERC-8004's reference has words for them. By code. */
export const ERC8004_ERRORS = {
  AGENT_NOT_AUTHORIZED: {
    title: "The agent is not yours to edit",
    cause: "Only the owner of an agent, or whom the owner approved, may edit it.",
    whatToDo: "Send the transaction from the account that owns the agent.",
    retryable: false,
  },
  AGENT_METADATA_KEY_RESERVED: {
    title: "The metadata key is reserved",
    cause: "The key agentWallet names an account that has to agree to it.",
    whatToDo: "Use setAgentWallet, or another key.",
    retryable: false,
  },
  AGENT_WALLET_INVALID: {
    title: "The wallet is the zero address",
    cause: "What is paid there is lost.",
    whatToDo: "Name another account, or clear the wallet (unsetAgentWallet).",
    retryable: false,
  },
  AGENT_WALLET_DEADLINE_PASSED: {
    title: "The wallet's consent is too old",
    cause: "The deadline that the wallet signed is over.",
    whatToDo: "Let the wallet sign another deadline (signAgentWallet).",
    retryable: false,
  },
  AGENT_WALLET_DEADLINE_TOO_FAR: {
    title: "The wallet's consent is for too long",
    cause: "A wallet agrees for at most 300 s.",
    whatToDo: "Let the wallet sign a nearer deadline (signAgentWallet).",
    retryable: false,
  },
  AGENT_WALLET_SIGNATURE_INVALID: {
    title: "The wallet did not agree",
    cause:
      "The signature is not the wallet's for this agent, owner, deadline, chain and registry, or the wallet contract refused it.",
    whatToDo: "Let the wallet sign for the agent's present owner (signAgentWallet).",
    retryable: false,
  },
  FEEDBACK_ON_ONESELF: {
    title: "The feedback is on oneself",
    cause: "The owner of an agent, and whom the owner approved, give it no feedback.",
    whatToDo: "Leave the feedback to clients of the agent.",
    retryable: false,
  },
  FEEDBACK_VALUE_INVALID: {
    title: "The feedback's value is out of range",
    cause: "A value is from -10^38 to 10^38, with at most 18 decimals.",
    whatToDo: "Choose a value in the range.",
    retryable: false,
  },
  FEEDBACK_UNKNOWN: {
    title: "The feedback does not exist",
    cause: "The client never gave the agent feedback with this index.",
    whatToDo: "Check client and index; indexes count from 1.",
    retryable: false,
  },
  FEEDBACK_REVOKED: {
    title: "The feedback was taken back already",
    cause: "Feedback is taken back once.",
    whatToDo: "Nothing is left to do.",
    retryable: false,
  },
  FEEDBACK_RESPONSE_EMPTY: {
    title: "The response says nothing",
    cause: "A response to feedback is a URI.",
    whatToDo: "Name the URI of the response.",
    retryable: false,
  },
  FEEDBACK_CLIENTS_MISSING: {
    title: "No client is named",
    cause: "Anybody can give any feedback, so a summary is of clients that the reader names.",
    whatToDo: "Name clients that you trust, or read the paid ratings (getPaidFeedbackSummary).",
    retryable: false,
  },
  VALIDATOR_INVALID: {
    title: "The validator is the zero address",
    cause: "Nobody could answer.",
    whatToDo: "Name the validator's account.",
    retryable: false,
  },
  VALIDATION_EXISTS: {
    title: "The validation was requested already",
    cause: "A hash names one request for ever; somebody else may have used it first.",
    whatToDo: "Look at the request that there is, or ask under another hash or with another salt.",
    retryable: false,
  },
  VALIDATION_UNKNOWN: {
    title: "The validation was never requested",
    cause: "No request has this hash.",
    whatToDo: "Check the hash.",
    retryable: false,
  },
  VALIDATION_NOT_YOURS: {
    title: "The validation is somebody else's to answer",
    cause: "Only the validator that the request names answers it.",
    whatToDo: "Send the transaction from the validator's account.",
    retryable: false,
  },
  VALIDATION_RESPONSE_INVALID: {
    title: "The validation's response is out of range",
    cause: "A response is from 0 (failed) to 100 (passed).",
    whatToDo: "Answer in the range.",
    retryable: false,
  },
} as const;

/** The code of each of these words. */
export const ERC8004_WORDS: Readonly<Record<string, keyof typeof ERC8004_ERRORS>> = {
  // Without a prototype: a contract's words may be any, also "toString".
  __proto__: null as never,
  "Not authorized": "AGENT_NOT_AUTHORIZED",
  "reserved key": "AGENT_METADATA_KEY_RESERVED",
  "bad wallet": "AGENT_WALLET_INVALID",
  expired: "AGENT_WALLET_DEADLINE_PASSED",
  "deadline too far": "AGENT_WALLET_DEADLINE_TOO_FAR",
  "invalid wallet sig": "AGENT_WALLET_SIGNATURE_INVALID",
  "Self-feedback not allowed": "FEEDBACK_ON_ONESELF",
  "too many decimals": "FEEDBACK_VALUE_INVALID",
  "value too large": "FEEDBACK_VALUE_INVALID",
  "index must be > 0": "FEEDBACK_UNKNOWN",
  "index out of bounds": "FEEDBACK_UNKNOWN",
  "Already revoked": "FEEDBACK_REVOKED",
  "Empty URI": "FEEDBACK_RESPONSE_EMPTY",
  "clientAddresses required": "FEEDBACK_CLIENTS_MISSING",
  "bad validator": "VALIDATOR_INVALID",
  exists: "VALIDATION_EXISTS",
  unknown: "VALIDATION_UNKNOWN",
  "not validator": "VALIDATION_NOT_YOURS",
  "resp>100": "VALIDATION_RESPONSE_INVALID",
};
