import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";

/** Failures of the network on one machine, and of a daemon that starts. */
export const LOCAL_ERRORS: Readonly<Record<string, CatalogEntry>> = {
  ACCOUNT_EMPTY: {
    title: "The account that pays the gas is empty",
    cause:
      "It has 0 ether, so the daemon answers tasks and sends nothing; others settle its answers if they choose to.",
    whatToDo: "Fund the account that pleiad node status names; the daemon need not be started again.",
    retryable: true,
  },
  DAEMON_ENDED: {
    title: "A daemon ended",
    cause: "It stopped without being asked to.",
    whatToDo: "See its log, which the message names; pleiad doctor says what is wrong.",
    retryable: false,
  },
  DAEMON_ANSWER_INVALID: {
    title: "A daemon answered something else",
    cause: "It is of another version than this program, or something else listens at its address.",
    whatToDo: "Start it with the same version as this program, and see what listens there.",
    retryable: false,
  },
  DAEMON_REFUSED: {
    title: "A daemon refused a request",
    cause: "It answered with an error of its own.",
    whatToDo: "See the daemon's log.",
    retryable: false,
  },
  DAEMON_SILENT: {
    title: "A daemon does not get ready",
    cause: "It neither works nor says why within its time.",
    whatToDo: "See its log, which the message names; try again on a less busy machine.",
    retryable: true,
  },
  DAEMON_UNREACHABLE: {
    title: "A daemon does not answer",
    cause: "It does not run, or listens elsewhere than it wrote down.",
    whatToDo: "Start it; `pleiad node status` shows which ones run.",
    retryable: true,
  },
  DEPLOYMENT_UNREADABLE: {
    title: "The deployment file cannot be read",
    cause: "chain.contracts names a file that is not there or may not be read.",
    whatToDo: "Set it to the file that `pleiad deploy` wrote, or to the addresses.",
    retryable: false,
  },
  DOCUMENT_UNREADABLE: {
    title: "The document cannot be read",
    cause: "It is not there, it is a folder, or this user may not read it.",
    whatToDo: "Name a text file that this user may read.",
    retryable: false,
  },
  LOCAL_WALLET_BUSY: {
    title: "The local chain was asked too much at once",
    cause:
      "Pages ask it through the daemon, which lets so much through in a second, and so many transactions in a minute.",
    whatToDo: "Wait a moment, then try again.",
    retryable: true,
  },
  LOCAL_WALLET_INVALID: {
    title: "The local chain cannot be asked that way",
    cause: "The question is not as the chain's JSON-RPC wants it, or for more than a page may have at once.",
    whatToDo: "Ask as docs/openapi.json says, for less at once.",
    retryable: false,
  },
  LOCAL_WALLET_OFF: {
    title: "This daemon lends no account",
    cause:
      "Only on the local development chain that pleiad up started itself a page may send without a wallet; not on another that has taken its port since.",
    whatToDo: "Sign with a wallet of your browser's, or with the command line.",
    retryable: false,
  },
  LOCAL_WALLET_REFUSED: {
    title: "A page may not do that on the local chain",
    cause:
      "The method is not among the few that are let through, or the transaction is from another account.",
    whatToDo: "Use the command line with a key of your own, or connect again.",
    retryable: false,
  },
  LOCAL_WALLET_SILENT: {
    title: "The local chain does not answer",
    cause: "It has ended, or is busy for longer than a page waits.",
    whatToDo: "See whether pleiad up still runs; start it again where it does not.",
    retryable: true,
  },
  LOCAL_CHAIN_FAILED: {
    title: "The local chain did not start",
    cause: "anvil is not installed for this machine, its state cannot be loaded, or it ended at once.",
    whatToDo: "See its log, which the message names; `pleiad up --reset` begins with a new chain.",
    retryable: false,
  },
  LOCAL_CHAIN_RESTORED: {
    title: "The chain is not the one the folder remembers",
    cause: "The chain was replaced, or restored to an older state, so what was registered is not there.",
    whatToDo: "Begin anew: npm start -- --reset.",
    retryable: false,
  },
  LOCAL_FOLDER_BUSY: {
    title: "Another start is on its way",
    cause: "Two commands would bring up the network of one folder at once.",
    whatToDo: "Try again in a moment.",
    retryable: true,
  },
  LOCAL_FOLDER_FOREIGN: {
    title: "The folder is not a local network's",
    cause: "It holds things of our names that no local network made, so they are left alone.",
    whatToDo: "Name another folder with --data or PLEIAD_DATA.",
    retryable: false,
  },
  NODE_BONDS_MISSING: {
    title: "There are no bonds to prove lies to",
    cause: "jobs.proveEquivocations is true, and the deployment does not name the contract NodeBonds.",
    whatToDo: "Add nodeBonds to the deployment file, or set jobs.proveEquivocations to false.",
    retryable: false,
  },
  RUN_GIVEN_UP: {
    title: "No node is left that will answer",
    cause:
      "Every node that may answer a task has reported on the chain that it cannot, or its daemon says so; only the owner of the model, or of the cluster if that was allowed, still could.",
    whatToDo:
      "See why with `pleiad execution show ID --why`; `pleiad execution cancel ID` gives what is not spent back, once the nodes' windows are over.",
    retryable: false,
  },
  PROJECT_DATA_OTHER: {
    title: "The data folder is another network's",
    cause:
      "A data folder belongs to one project, or to the sample network. This one was made for another, or the project's folder was moved since.",
    whatToDo: "Name another folder with --data; or begin anew with --reset, if what is in it is not needed.",
    retryable: false,
  },
  PROJECT_DATA_TRACKED: {
    title: "The data folder came with the repository",
    cause:
      "Files in it are in the repository, so whoever wrote that would decide which programs are started here.",
    whatToDo:
      "Look at them, take them out of the repository (git rm -r --cached) and remove them; or name another folder with --data.",
    retryable: false,
  },
  PROJECT_IN_PLEIAD: {
    title: "The project is inside of Pleiad's own checkout",
    cause: "The folder is Pleiad's own, or below it, where its network and its own commands work.",
    whatToDo: "Put the project beside it; or start the sample network with --no-project.",
    retryable: false,
  },
  LOCAL_FOLDER_UNWRITABLE: {
    title: "The local network's folder cannot be made",
    cause: "A file is in the way, this user may not write there, or the file system takes no folders.",
    whatToDo: "Name another folder with --data or PLEIAD_DATA.",
    retryable: false,
  },
  NODE_KEY_OTHER: {
    title: "The keystore holds another key than the node's",
    cause: "The chain has another key for the node that the configuration names.",
    whatToDo: "Name the keystore of the node's present key, or rotate the node's key to this one.",
    retryable: false,
  },
  NODE_UNREGISTERED: {
    title: "The key belongs to no node",
    cause: "The chain knows no node with the keystore's key.",
    whatToDo: "Register the node with this key, or set node.id.",
    retryable: false,
  },
  PORTS_BUSY: {
    title: "The ports are taken",
    cause: "The port and those after it are used by other programs.",
    whatToDo: "End what listens there, or name another port with --port.",
    retryable: false,
  },
  KILL_ONE_NO_JOB: {
    title: "No daemon took up a job to be killed in",
    cause:
      "The demonstration kills a daemon while its journal says that its job runs, and no journal said so in time.",
    whatToDo: "See the daemons' logs; try again on a less busy machine.",
    retryable: true,
  },
  LOCAL_CHAIN_NOT_DEVELOPMENT: {
    title: "The chain hands out no play money",
    cause:
      "`up --rpc` wants a development chain, which gives its accounts money, and this one does not or is not there.",
    whatToDo:
      "Start one with anvil or `npx hardhat node`; for a real chain use `pleiad deploy` and `pleiad node`.",
    retryable: false,
  },
  LOCAL_MODEL_INCOMPLETE: {
    title: "Half of a model is named",
    cause: "--model-url says where a server is, --model which of its models; one of the two is missing.",
    whatToDo: "Name both.",
    retryable: false,
  },
  LOCAL_STOPPED: {
    title: "The start was stopped",
    cause: "Ctrl-C came before the network was up.",
    whatToDo: "Start it again whenever you like.",
    retryable: false,
  },
};
