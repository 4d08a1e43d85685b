import type { ContractErrorTable } from "../catalogEntry.ts";

/** Errors of the libraries that the contracts stand on: ERC-721 tokens, short strings, code as storage. */
export const TOKEN_ERRORS: ContractErrorTable = {
  ERC721InvalidOwner: {
    message: "{owner} cannot own a token",
    title: "The address cannot own a token",
    cause: "The zero address owns nothing.",
    whatToDo: "Ask for another address.",
    retryable: false,
  },
  ERC721NonexistentToken: {
    message: "there is no token {tokenId}",
    title: "The token does not exist",
    cause: "No node, model, agent or cluster has this id.",
    whatToDo: "Check the id.",
    retryable: false,
  },
  ERC721IncorrectOwner: {
    message: "token {tokenId} belongs to {owner}, not to {sender}",
    title: "The token belongs to somebody else",
    cause: "A transfer names the present owner.",
    whatToDo: "Name the present owner as the sender.",
    retryable: false,
  },
  ERC721InvalidSender: {
    message: "{sender} cannot send a token",
    title: "The sender is not valid",
    cause: "The token exists already, or the sender is the zero address.",
    whatToDo: "Check sender and id.",
    retryable: false,
  },
  ERC721InvalidReceiver: {
    message: "{receiver} cannot receive the token",
    title: "The receiver is not valid",
    cause: "The receiver is the zero address, or a contract that does not take ERC-721 tokens.",
    whatToDo: "Choose a receiver that takes ERC-721 tokens.",
    retryable: false,
  },
  ERC721InsufficientApproval: {
    message: "{operator} may not move token {tokenId}",
    title: "The operator is not approved",
    cause: "Only the owner, or whom the owner approved, may move a token.",
    whatToDo: "Send the transaction from the owner, or approve the operator first.",
    retryable: false,
  },
  ERC721InvalidApprover: {
    message: "{approver} may not approve an operator for this token",
    title: "The approver is not valid",
    cause: "Only the owner, or an operator for all of the owner's tokens, may approve.",
    whatToDo: "Send the transaction from the owner.",
    retryable: false,
  },
  ERC721InvalidOperator: {
    message: "{operator} cannot be an operator",
    title: "The operator is not valid",
    cause: "The zero address cannot be approved for all tokens.",
    whatToDo: "Choose another operator.",
    retryable: false,
  },
  DeploymentFailed: {
    message: "the text could not be written as code",
    title: "A text could not be written as code",
    cause:
      "Texts of a cluster are kept as the code of small contracts; there was not enough gas to make one.",
    whatToDo: "Send the transaction again with more gas.",
    retryable: false,
  },
  TooBigForSmallString: {
    message: "a slug or name has more than 31 bytes",
    title: "A slug or name is too long",
    cause: "Slugs and names of models have at most 31 bytes.",
    whatToDo: "Give a shorter one.",
    retryable: false,
  },
  HexLengthInsufficient: {
    message: "a number does not fit its hexadecimal form",
    title: "A number does not fit its hexadecimal form",
    cause:
      "The contracts never write a number in too few digits, so this points to another contract at the address.",
    whatToDo: "Check the addresses of the deployment.",
    retryable: false,
  },
  StringNot7BitASCII: {
    message: "a text is not ASCII",
    title: "A text is not ASCII",
    cause:
      "The contracts never ask for ASCII by this error, so it points to another contract at the address.",
    whatToDo: "Check the addresses of the deployment.",
    retryable: false,
  },
};
