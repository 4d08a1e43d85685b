import type { ContractErrorTable } from "../catalogEntry.ts";

/** Errors of `NodeRegistry`. */
export const NODE_ERRORS: ContractErrorTable = {
  NodeUnknown: {
    message: "node {node} does not exist",
    title: "The node does not exist",
    cause: "No node was ever registered under this id.",
    whatToDo: "Check the id; nodes count from 1.",
    retryable: false,
  },
  NodeNotOwned: {
    message: "node {node} does not belong to {caller}",
    title: "The node belongs to somebody else",
    cause: "Only the owner of a node may rotate its key or name its metadata file.",
    whatToDo: "Send the transaction from the account that owns the node.",
    retryable: false,
  },
  NodeKeyTaken: {
    message: "the key {key} belongs, or once belonged, to node {node}",
    title: "The node key is taken",
    cause: "A key belongs to one node for ever, also after the node has rotated to another key.",
    whatToDo: "Make a new node key.",
    retryable: false,
  },
  NodeKeyProofInvalid: {
    message:
      "the proof was signed by {recovered} (or for another owner, nonce, chain or registry), not by {key}",
    title: "The key proof is not valid",
    cause:
      "The proof is not the node key's signature for this owner, this nonce, this chain and this registry. Each proof works once.",
    whatToDo:
      "Sign a new proof with the node key, naming the account that sends the transaction as the owner (signNodeKeyProof).",
    retryable: false,
  },
  NodeMetadataTooLong: {
    message: "the metadata URI has {length} bytes, the most is {lengthMax}",
    title: "The metadata URI is too long",
    cause: "A node's metadata URI stands in the log and has a limit.",
    whatToDo: "Put the file somewhere with a shorter address.",
    retryable: false,
  },
};
