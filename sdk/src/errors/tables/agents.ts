import type { ContractErrorTable } from "../catalogEntry.ts";

/** Errors of `AgentRegistry`. */
export const AGENT_ERRORS: ContractErrorTable = {
  AgentUnknown: {
    message: "agent {agent} does not exist",
    title: "The agent does not exist",
    cause: "No agent was ever registered under this id.",
    whatToDo: "Check the id; agents count from 0.",
    retryable: false,
  },
  AgentModelUnknown: {
    message: "model {model} does not exist, so no agent can be on it",
    title: "The agent's model does not exist",
    cause: "An agent can only be put on a registered model.",
    whatToDo: "Check the model's id, or register the model first.",
    retryable: false,
  },
  AgentURITooLong: {
    message: "the agent's URI has {length} bytes, the most is {lengthMax}",
    title: "The agent's URI is too long",
    cause: "Storage pays for every byte of a URI.",
    whatToDo: "Publish the registration file elsewhere, or register the agent by the file's digest.",
    retryable: false,
  },
  AgentMetadataKeyTooLong: {
    message: "the metadata key has {length} bytes, the most is {lengthMax}",
    title: "The metadata key is too long",
    cause: "A key of an agent's metadata is a word or two.",
    whatToDo: "Choose a shorter key.",
    retryable: false,
  },
  AgentMetadataValueTooLong: {
    message: "the metadata value has {length} bytes, the most is {lengthMax}",
    title: "The metadata value is too long",
    cause: "Storage pays for every byte of a value.",
    whatToDo: "Put it into the agent's registration file, or set its digest.",
    retryable: false,
  },
  AgentMetadataTooMany: {
    message: "{count} pieces of metadata are too many at once, the most is {countMax}",
    title: "There is too much metadata at once",
    cause: "A registration with all its metadata has to fit one transaction.",
    whatToDo: "Register with fewer pieces, and set the others afterwards.",
    retryable: false,
  },
};
