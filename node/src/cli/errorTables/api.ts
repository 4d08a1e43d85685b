import type { CatalogEntry } from "@pleiad/sdk/errors/catalogEntry";

/** What the daemon's API answers. */
export const API_ERRORS: Readonly<Record<string, CatalogEntry>> = {
  API_BODY_EMPTY: {
    title: "The blob is empty",
    cause: "A blob has at least one byte.",
    whatToDo: "Send the bytes as application/octet-stream.",
    retryable: false,
  },
  API_DIGEST_INVALID: {
    title: "That is no digest",
    cause: "A blob is asked for by its keccak-256.",
    whatToDo: "Write it as 0x and 64 hex digits.",
    retryable: false,
  },
  API_HOST_NOT_LOOPBACK: {
    title: "The API cannot listen there",
    cause: "api.host is not a loopback address; the API is for this machine alone.",
    whatToDo: "Set it to 127.0.0.1; put a proxy of your own in front of it to reach it from elsewhere.",
    retryable: false,
  },
  API_HOST_REFUSED: {
    title: "The request came under another name",
    cause: "The Host header is not this server's own: a web page may be behind it.",
    whatToDo: "Ask by the address that the daemon says.",
    retryable: false,
  },
  API_ID_INVALID: {
    title: "That is no id",
    cause: "An execution is asked for by its number.",
    whatToDo: "Write it in digits.",
    retryable: false,
  },
  API_INTERNAL: {
    title: "The daemon has a bug",
    cause: "A request met an error that nobody expected.",
    whatToDo: "See the daemon's log and report it.",
    retryable: false,
  },
  API_ORIGIN_REFUSED: {
    title: "Web pages are refused",
    cause: "The request has an Origin header: a web page sent it.",
    whatToDo: "Ask from a program.",
    retryable: false,
  },
  API_PORTS_BUSY: {
    title: "The API's ports are taken",
    cause: "The port and those above it are used by other programs.",
    whatToDo: "Set api.port to a free port, or to 0 for any.",
    retryable: false,
  },
  API_REQUEST_INVALID: {
    title: "The request cannot be understood",
    cause: "Its form, type or size is not what the API takes.",
    whatToDo: "See the API's routes in node/src/api/README.md.",
    retryable: false,
  },
  API_STARTING: {
    title: "The node is still starting",
    cause: "It is catching up with the chain, or taking up its work; until then it takes and gives nothing.",
    whatToDo: "Wait, and ask again; GET /ready and pleiad node status say how far it is.",
    retryable: true,
  },
  API_TOKEN_WRONG: {
    title: "The token is missing or wrong",
    cause: "Everything but /health and /ready wants the token of the data folder.",
    whatToDo: "Send the content of api.token as Authorization: Bearer.",
    retryable: false,
  },
  CHANGES_MESSAGE_TOO_LARGE: {
    title: "A reader of changes has nothing to say",
    cause: "A reader of changes sent more than the daemon listens to, so it closed the stream (1009).",
    whatToDo: "Send nothing; ask over HTTP instead.",
    retryable: false,
  },
  CHANGE_STREAMS_TOO_MANY: {
    title: "Too many pages are open",
    cause:
      "As many pages are told of changes as this daemon allows: in all, with one token, or with tokens that are not the operator's.",
    whatToDo: "Close one that nobody looks at.",
    retryable: true,
  },
  ERROR_CODE_UNKNOWN: {
    title: "No error has that code",
    cause: "Somebody asked what a code means that this version does not have.",
    whatToDo: "See docs/errors.md, which has all of them.",
    retryable: false,
  },
  NODE_JOB_UNKNOWN: {
    title: "This node has no such job",
    cause: "Another node answered the task, or it ended so long ago that its record was dropped.",
    whatToDo: "Run pleiad execution show with the execution's number: it asks the chain.",
    retryable: false,
  },
  EXECUTION_TAKEN_BACK: {
    title: "The chain took the execution back",
    cause:
      "It was in a block that is canonical no more, after a reorganisation, and it is in no other block now.",
    whatToDo: "Wait: its transaction may be mined again. If it is not, run the execution anew.",
    retryable: false,
  },
  READS_TOO_MANY: {
    title: "Too much is asked at once",
    cause:
      "Pages, or programs with their tokens, ask of the chain, of receipts or of agents' folders faster than this daemon answers.",
    whatToDo: "Wait a moment, and ask again; end what asks without pause.",
    retryable: true,
  },
  PAGE_FILE_UNKNOWN: {
    title: "The page has no such file",
    cause: "The page was built again since it was loaded, and its files have new names.",
    whatToDo: "Load the page anew.",
    retryable: false,
  },
  PAGE_NOT_BUILT: {
    title: "The dashboard's page is not built",
    cause: "The daemon serves what lies in dashboard/dist, and there is nothing.",
    whatToDo: "In Pleiad's folder, run npm run build:dashboard; then load the page again.",
    retryable: true,
  },
  PAGE_TOO_LARGE: {
    title: "The dashboard's page is too large",
    cause: "There is more in dashboard/dist than a page has: something else lies there.",
    whatToDo: "Remove the folder and run npm run build:dashboard.",
    retryable: false,
  },
  ROLE_NOT_OPERATORS: {
    title: "That is for the operator",
    cause:
      "The token is an agent's, a user's or for one cluster; the request is about what is the daemon's own.",
    whatToDo: "Ask with a token of the operator's: the content of api.token, or what pleiad dashboard gives.",
    retryable: false,
  },
  ROLE_TOO_LOW: {
    title: "The token's role is not enough",
    cause:
      "A token that may view changes nothing, and one that may act does not do what is the daemon's own.",
    whatToDo:
      "Ask with a token of the role that the message names: pleiad dashboard --role act, or the content of api.token.",
    retryable: false,
  },
};
