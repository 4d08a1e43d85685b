import type { ContractErrorTable } from "../catalogEntry.ts";

/** Errors of `ModelRegistry`. */
export const MODEL_ERRORS: ContractErrorTable = {
  ModelUnknown: {
    message: "model {model} does not exist",
    title: "The model does not exist",
    cause: "No model was ever registered under this id.",
    whatToDo: "Check the id; models count from 1.",
    retryable: false,
  },
  ModelNotOwned: {
    message: "model {model} does not belong to {caller}",
    title: "The model belongs to somebody else",
    cause: "Only the owner of a model, or its delegate with the role edit, may change its terms or close it.",
    whatToDo: "Send the transaction from the account that owns the model.",
    retryable: false,
  },
  ModelServingNotYours: {
    message: "{caller} owns neither model {model} nor node {node}",
    title: "Neither the model nor the node is yours",
    cause: "A node joins or leaves a model by the word of the model's owner and of the node's owner.",
    whatToDo: "Send the transaction from the account that owns the model or the node.",
    retryable: false,
  },
  ModelNodeUnknown: {
    message: "node {node} does not exist",
    title: "The node does not exist",
    cause: "A model can only be served by a registered node.",
    whatToDo: "Check the node's id, or register the node first.",
    retryable: false,
  },
  ModelAlreadyServed: {
    message: "node {node} serves model {model} already",
    title: "The node serves the model already",
    cause: "Both sides have agreed before.",
    whatToDo: "Nothing: the node is in the model's list.",
    retryable: false,
  },
  ModelNotServed: {
    message: "node {node} does not serve model {model}",
    title: "The node does not serve the model",
    cause: "There is neither a serving to end nor an offer to take back.",
    whatToDo: "Check both ids; listServingNodes shows who serves the model.",
    retryable: false,
  },
  ModelPlacesFull: {
    message: "all {placesMax} places of model {model} are taken",
    title: "The model's list is full",
    cause: "A place in a model's list of serving nodes is never given away again.",
    whatToDo: "Register another model on the same terms and let the node serve that.",
    retryable: false,
  },
  ModelShareTooHigh: {
    message: "a node share of {nodeShareBps} basis points is more than the whole",
    title: "The node share is too high",
    cause: "A share is counted in basis points; 10,000 are the whole price.",
    whatToDo: "Give a share from 0 to 10,000.",
    retryable: false,
  },
  ModelCurrencyUnsupported: {
    message: "the currency {currency} has no code, so it is no ERC-20",
    title: "The currency is no contract",
    cause: "A price is in the chain's own currency or in an ERC-20, which is a contract.",
    whatToDo: "Check the address and the chain, or leave the currency out for the chain's own.",
    retryable: false,
  },
  ModelNameLength: {
    message: "the model's name has {length} bytes, not 1 to 31",
    title: "The model's name is empty or too long",
    cause: "A model's name has 1 to 31 bytes of UTF-8.",
    whatToDo: "Choose another name; it need not be unique.",
    retryable: false,
  },
};
