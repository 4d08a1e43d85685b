import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";

/** Failures that the command line finds itself. */
export const CLI_ERRORS = {
  MANAGER_STEP_OFFERED: {
    title: "One of two owners has agreed that a node serves a model",
    cause: "The node and the model have different owners: the node joins once both have brought the step.",
    whatToDo: "Let the other owner bring the same step: pleiad manager apply PLAN.",
    retryable: false,
  },
  AGENT_NOT_PLACED: {
    title: "The agent is registered, but on no model",
    cause: "It takes two transactions, and the second one did not go through.",
    whatToDo: "Put it on its model: pleiad agent change AGENT --model MODEL.",
    retryable: false,
  },
  USAGE_COMMAND_UNKNOWN: {
    title: "There is no such command",
    cause: "The first words after pleiad name none of its commands.",
    whatToDo: "Type pleiad --help for the list.",
    retryable: false,
  },
  USAGE_OPTION_UNKNOWN: {
    title: "The command has no such option",
    cause: "An option was given that the command does not know.",
    whatToDo: "Type the command with --help for its options.",
    retryable: false,
  },
  USAGE_ARGUMENT_MISSING: {
    title: "Something is missing in the command",
    cause: "An argument, or the value of an option, was not given.",
    whatToDo: "Type the command with --help for its arguments and examples.",
    retryable: false,
  },
  USAGE_INVALID: {
    title: "The command cannot be read",
    cause: "An argument or option has a value that it cannot have, or there are too many of them.",
    whatToDo: "Type the command with --help for what it takes.",
    retryable: false,
  },
  PUBLISH_FROM_OTHER: {
    title: "The chain is not what the plan's publication starts from",
    cause:
      "Another cluster has the slug, or its last version is another than the plan was made for. Nothing was sent.",
    whatToDo: "Refuse the plan and ask anew, for a new cluster with another slug.",
    retryable: false,
  },
  PUBLISH_OWNER_OTHER: {
    title: "The key is not that of the cluster's owner to be",
    cause: "The plan forms a cluster for another address than the key's. Nothing was sent.",
    whatToDo: "Apply the plan with that owner's key, or ask anew for a cluster of yours.",
    retryable: false,
  },
  GAS_ABOVE_LIMIT: {
    title: "Gas costs more than the plan allows",
    cause:
      "Since the step was priced, gas has risen above what was said yes to. Nothing of this step was sent.",
    whatToDo: "Apply the plan again when gas is cheaper, or refuse it and ask anew.",
    retryable: true,
  },
  STEP_NOT_TOLD: {
    title: "A step was done, and the manager does not know",
    cause: "Its transactions are mined, but the daemon did not take down what they led to.",
    whatToDo: "Tell it again with pleiad manager apply PLAN --done STEP:OUTCOME, as the message says.",
    retryable: false,
  },
  CODE_UNKNOWN: {
    title: "There is no such code",
    cause: "The code belongs to no error of this version.",
    whatToDo: "Type pleiad explain, without a code, for the list.",
    retryable: false,
  },
  RPC_URL_MISSING: {
    title: "Nobody said which chain",
    cause: "Neither --rpc nor a data folder says where the chain is.",
    whatToDo:
      "Give --rpc URL, or run the command in the folder where `pleiad up` runs, or name its data folder with --data.",
    retryable: false,
  },
  DEPLOYMENT_MISSING: {
    title: "Nobody said where the contracts are",
    cause:
      "Neither --deployment nor a data folder says where the contracts are, and the chain has no public deployment.",
    whatToDo: "Give --deployment FILE, as `pleiad deploy` writes it.",
    retryable: false,
  },
  DATA_FOLDER_MISSING: {
    title: "There is no such data folder",
    cause: "The folder that --data or PLEIAD_DATA names is not there.",
    whatToDo: "Check its name; `pleiad up` makes one.",
    retryable: false,
  },
  DATA_FOLDER_DAMAGED: {
    title: "A file of the data folder is not what it should be",
    cause: "network.json was changed by hand, or half of it is missing.",
    whatToDo: "Start `pleiad up` again, which writes it anew; or name what is missing by options.",
    retryable: false,
  },
  FILE_UNREADABLE: {
    title: "The file cannot be read",
    cause: "It is not there, it is a folder, it is too large, or this user may not read it.",
    whatToDo: "Check the path and the rights.",
    retryable: false,
  },
  FILE_UNWRITABLE: {
    title: "The file cannot be written",
    cause: "The folder is not there, the disk is full, or this user may not write there.",
    whatToDo: "Check the folder, its rights and the room on the disk.",
    retryable: false,
  },
  FILE_EXISTS: {
    title: "The file is there already",
    cause: "The command would write a file where there is one, and nothing is overwritten.",
    whatToDo: "Move the file away, or choose another name.",
    retryable: false,
  },
  KEY_MISSING: {
    title: "Nobody said with which key to sign",
    cause: "The command sends a transaction, and neither --key, --keystore nor a data folder names a key.",
    whatToDo: "Give --key FILE or --keystore FILE.",
    retryable: false,
  },
  KEY_FILE_MISSING: {
    title: "The key file is not there",
    cause: "No file is at the path.",
    whatToDo: "Check the path.",
    retryable: false,
  },
  KEY_FILE_UNREADABLE: {
    title: "The key file cannot be read",
    cause: "It is a folder, or this user may not read it.",
    whatToDo: "Check the path and the rights.",
    retryable: false,
  },
  KEY_FILE_MODE: {
    title: "Others may read the key file",
    cause: "The file's mode gives rights to the group or to everybody.",
    whatToDo: "Take them away: chmod 600 FILE.",
    retryable: false,
  },
  KEY_FILE_INVALID: {
    title: "The file holds no private key",
    cause: "A key file holds one private key, 0x and 64 hex digits, and nothing else.",
    whatToDo: "Name the right file; an encrypted keystore is given with --keystore.",
    retryable: false,
  },
  PROMPT_IMPOSSIBLE: {
    title: "A question cannot be asked here",
    cause: "The command wants an answer from a person, and standard input is no terminal.",
    whatToDo: "Answer by an option: --yes, or --password-file or --password-env for a password.",
    retryable: false,
  },
  NOT_CONFIRMED: {
    title: "The answer was no",
    cause: "The command asked before it sent anything, and the answer was not yes.",
    whatToDo: "Nothing was sent; run it again whenever you like.",
    retryable: false,
  },
  PASSWORDS_DIFFER: {
    title: "The two passwords differ",
    cause: "A new password is asked for twice, and the second time it was another one.",
    whatToDo: "Run the command again; nothing was written.",
    retryable: false,
  },
  CLUSTER_FOREIGN: {
    title: "The cluster belongs to somebody else",
    cause: "The slug is taken by a cluster that the account does not own.",
    whatToDo: "Use the owner's key, or choose another slug.",
    retryable: false,
  },
  CLUSTER_NOT_ALLOWED: {
    title: "The file uses what belongs to others",
    cause:
      "A model or an agent that the file names is somebody else's, and there is no grant of it, or it cannot be had.",
    whatToDo: "Ask its owner for a grant (pleiad grant give), or use another one.",
    retryable: false,
  },
  CREDIT_KIND_UNKNOWN: {
    title: "There is no such kind of credit",
    cause: "Credits belong to nodes, models and clusters, or to accounts.",
    whatToDo: "Name one of node, model, cluster and account.",
    retryable: false,
  },
  TOKEN_KIND_UNKNOWN: {
    title: "There is no such kind",
    cause: "Permissions are about a node, a model, an agent or a cluster; grants are not about nodes.",
    whatToDo: "Name one of node, model, agent and cluster.",
    retryable: false,
  },
  ROLE_UNKNOWN: {
    title: "There is no such role",
    cause: "A delegate may edit, submit, grant or withdraw.",
    whatToDo: "Name some of edit, submit, grant and withdraw, with commas between.",
    retryable: false,
  },
  CONTRACT_NOT_NAMED: {
    title: "The deployment is without that contract",
    cause: "The command needs one of the contracts around the core, and the deployment's file names none.",
    whatToDo: "Deploy it with `pleiad deploy`, which adds what is missing, or name a deployment that has it.",
    retryable: false,
  },
  EVIDENCE_INVALID: {
    title: "The file holds no two signed completions",
    cause: "The proof that a node signed two answers is a file of both completions with their signatures.",
    whatToDo:
      'Write {"format":"pleiad-equivocation-1","a":{"completion":{"execution":"1","task":0,"contextHash":"0x…","outputDigest":"0x…","evidenceDigest":"0x…","node":"1","tip":"0"},"signature":"0x…"},"b":{…}}.',
    retryable: false,
  },
  SIGNED_REQUEST_DEAR: {
    title: "The request takes more of your money than you allowed",
    cause:
      "Whoever brings it pays what its file says: the quote in the chain's own currency, and the budget of a callback. With --yes nothing for a callback is allowed, or what --bring-max says.",
    whatToDo: "See what it takes: pleiad request send FILE, without --yes. Then allow that with --bring-max.",
    retryable: false,
  },
  ALLOWANCE_THERE: {
    title: "The allowance is there already",
    cause: "Between the look and the transaction somebody with the same key gave it.",
    whatToDo: "Nothing; pleiad allowance show TOKEN tells it.",
    retryable: false,
  },
  SIGNED_REQUEST_UNPAID: {
    title: "Its requester does not let it be paid",
    cause:
      "The request is paid in a token, out of the requester's allowance for the router or for Permit2, and that is lower than quote and fee.",
    whatToDo:
      "Its requester gives the allowance: pleiad allowance give TOKEN router AMOUNT, or permit2 in the place of router.",
    retryable: false,
  },
  SIGNED_REQUEST_FOREIGN: {
    title: "The request is somebody else's",
    cause: "Only the account that signed a request can make it worthless.",
    whatToDo: "Name the requester's key with --key or --keystore.",
    retryable: false,
  },
  SIGNED_REQUEST_INVALID: {
    title: "The file is no signed request for these contracts",
    cause: "A request is the JSON that `pleiad request sign` writes, for one chain and one router.",
    whatToDo: "Get the file again from whoever signed it, or name the chain and deployment that it is for.",
    retryable: false,
  },
  INVITATION_INVALID: {
    title: "The file is no invitation for these contracts",
    cause: "An invitation is the JSON that `pleiad invitation sign` writes, for one chain and one registry.",
    whatToDo: "Get the file again from whoever signed it, or name the chain and deployment that it is for.",
    retryable: false,
  },
  MODEL_NAME_UNKNOWN: {
    title: "No model has that name",
    cause: "The command takes a model's id or its name, and none of the newest 256 models has this one.",
    whatToDo: "Name it by its id.",
    retryable: false,
  },
  MODEL_NAME_AMBIGUOUS: {
    title: "Several models have that name",
    cause: "Anybody may give a model any name, so that a name need not tell which model is meant.",
    whatToDo: "Name it by its id.",
    retryable: false,
  },
  NODE_KEY_REMOTE: {
    title: "The node key is at a remote signer",
    cause: "A new key cannot be made from here: the signer makes and keeps its own.",
    whatToDo:
      "Make the new key at the signer, put its address under keys.remoteSignerAddress, then run the command with --present.",
    retryable: false,
  },
  ROTATION_PENDING: {
    title: "The rotation is not mined yet",
    cause:
      "The account has sent transactions that no block holds so far, and one of them may be the rotation.",
    whatToDo:
      "Run the same command again later: it carries on with the same new key. If nothing is mined for long, the fee was too low: replace the account's oldest transaction.",
    retryable: true,
  },
  TASK_NAME_UNKNOWN: {
    title: "The version has no task of that name",
    cause: "The name is not among the version's tasks.",
    whatToDo: "Check the spelling; `pleiad cluster show` lists the tasks.",
    retryable: false,
  },
  AGENT_NAME_UNKNOWN: {
    title: "The version has no agent of that name",
    cause: "The name is not among the version's agents.",
    whatToDo: "Check the spelling; `pleiad cluster show` lists the agents.",
    retryable: false,
  },
  TASK_UNANSWERED: {
    title: "The task has no answer",
    cause: "No completion of the task has been accepted.",
    whatToDo: "Wait for it, or see with `pleiad execution show ID --why` what happened.",
    retryable: true,
  },
  OUTPUT_UNAVAILABLE: {
    title: "The output's bytes are not to be had",
    cause: "The chain holds their digest alone, and no daemon of the data folder has them.",
    whatToDo:
      "Start the daemons with `pleiad up`, or ask the requester or a node that answered for the bytes.",
    retryable: true,
  },
  NETWORK_STARTING: {
    title: "The local network is starting",
    cause: "`pleiad up` brings it up in this data folder at this moment; its nodes are not there yet.",
    whatToDo: "Wait until it says that the run is done, and try again.",
    retryable: true,
  },
  LOG_NOT_TO_BE_HAD: {
    title: "No daemon gives the log",
    cause:
      "A cluster's log is exported by a running daemon whose node is a member; none runs here, or those that run refuse.",
    whatToDo: "Start the daemon of a member node; name its folder. The message says what each said.",
    retryable: true,
  },
  DAEMONS_UNREACHABLE: {
    title: "No daemon can take the input",
    cause:
      "An input that is too large for a transaction is given to a daemon, and none of the data folder's daemons answers.",
    whatToDo: "Start them with `pleiad up`; or give a shorter input.",
    retryable: true,
  },
  EXECUTION_NOT_SUCCEEDED: {
    title: "The execution has no response",
    cause: "A receipt proves a response, and this execution is still running or ended without one.",
    whatToDo: "Wait until it has succeeded: pleiad execution watch ID.",
    retryable: true,
  },
  RECEIPT_INVALID: {
    title: "The file is no receipt",
    cause:
      "A receipt is the JSON that `pleiad execution receipt` writes; a field is missing or has another form.",
    whatToDo: "Get the file again from whoever made it.",
    retryable: false,
  },
  CLUSTER_UNNAMED: {
    title: "Nobody said which cluster",
    cause: "Several clusters are open on this node, or none.",
    whatToDo: "Name one with --cluster ID; where none is open, see that the node serves a model of it.",
    retryable: false,
  },
  DAEMON_SILENT: {
    title: "The daemon does not run",
    cause: "No daemon has started in that folder, or it has stopped.",
    whatToDo: "Start it: pleiad node start.",
    retryable: true,
  },
  TOKEN_FILE_INVALID: {
    title: "That is no file of a token",
    cause: "The file is longer than a token.",
    whatToDo: "Name the file that holds what `pleiad workspace token create` printed.",
    retryable: false,
  },
  TOKEN_FILE_MISSING: {
    title: "The token's file is not there",
    cause: "--token-file names a file that does not exist.",
    whatToDo: "Have a token made with `pleiad workspace token create`, and write it into that file.",
    retryable: false,
  },
  TOKEN_FILE_MODE: {
    title: "Others may read the token",
    cause: "The file's mode lets its group or everybody read it.",
    whatToDo: "chmod 600 FILE.",
    retryable: false,
  },
  TOKEN_FILE_UNREADABLE: {
    title: "The token's file cannot be read",
    cause: "The system refused, or it is no plain file.",
    whatToDo: "Check that this user may read it.",
    retryable: false,
  },
  DAEMON_FOLDER_UNKNOWN: {
    title: "That names no daemon",
    cause: "The folder is no node's data folder, and no data folder with daemons was found.",
    whatToDo:
      "Name the folder that holds the node's pleiad.yaml. The local network's are known once `pleiad up` has started them.",
    retryable: false,
  },
} as const satisfies Readonly<Record<string, CatalogEntry>>;

/** Codes of this folder's errors. */
export type CliErrorCode = keyof typeof CLI_ERRORS;
