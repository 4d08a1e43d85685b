import { z } from "zod";
import { field, section } from "../fields.ts";
import { environmentName, PROJECTS_MAX, projectsSchema, text, whole, wholeText } from "../schemas.ts";
import {
  type Confinement,
  confinementFields,
  SERVICE_FOLDER_BYTES_DEFAULT,
  SERVICE_FOLDER_BYTES_MAX,
  SERVICE_FOLDER_BYTES_MIN,
  SERVICE_MEMORY_BYTES_DEFAULT,
  SERVICE_MEMORY_BYTES_MAX,
  SERVICE_MEMORY_BYTES_MIN,
  SERVICE_PROCESSES_DEFAULT,
  SERVICE_PROCESSES_MAX,
  SERVICE_READABLE_MAX,
} from "../service.ts";

/** A gate that takes longer than a day tells nobody anything. Milliseconds. */
export const GATE_TIMEOUT_MS_MAX = 86_400_000;
/** A project's files and what its builds and its packages make of them, some times over. 16 GiB. */
export const COPY_BYTES_MAX_DEFAULT = 17_179_869_184;
/** Files of variables of one project. */
const VARIABLE_FILES_MAX = 32;
/** Words of a command; more belong into a script. */
const GATE_WORDS_MAX = 64;
/** Ports of one agent's folder. */
const PORTS_EACH_MAX = 100;

/** Beginnings of URLs; who allows more allows a host. */
const REPOSITORIES_MAX = 64;
/** A repository of 8 GiB without its history is no task's. Bytes. */
const REPOSITORY_BYTES_MAX = 8_589_934_592;

/** In the one spelling that a request's URL has, too, so that both can be compared letter by letter. */
const repositoryBeginning = z
  .string()
  .max(1_024)
  .refine(
    (beginning) =>
      beginning.endsWith("/") &&
      (beginning.startsWith("/") ||
        (beginning.startsWith("https://") &&
          URL.canParse(beginning) &&
          new URL(beginning).href === beginning &&
          !/[@?#%]/.test(beginning))),
    "https://HOST/… in its plainest spelling, or an absolute path, with / at its end",
  );

const variableFile = z.strictObject({
  path: text,
  set: z.record(environmentName, z.string().max(4_096)).optional(),
});

/** Project folders that helpers work on. */
export const FOLDERS_KEYS = {
  folders: section(
    "Project folders: each helper that is given a project works in a copy of its own (its own git repository in the data folder), which can be looked at, rolled back and merged.",
    {
      projects: field({
        meaning:
          "Folders that helpers may work on, by name: git repositories of this machine, absolute paths. Only the operator and a cluster's owner give them to helpers.",
        expected: `up to ${PROJECTS_MAX} names, each with an absolute path`,
        schema: projectsSchema,
        default: new Map(),
        defaultText: "none",
      }),
      requesters: field({
        meaning:
          "Which of `projects` whoever executes a cluster may have coding agents of this node work on, by name in the input's first line. What is committed there can be read by them, in answers.",
        expected: "names of folders.projects",
        schema: z.array(text).max(PROJECTS_MAX),
        default: [],
        defaultText: "none",
      }),
      repositories: field({
        meaning:
          "Repositories of others that whoever executes a cluster may have coding agents of this node work on, named by beginnings of https URLs, or absolute folders of this machine (as `file://` URLs), each with `/` at its end. " +
          "The daemon clones them itself, without history, submodules, credentials or redirects.",
        expected: `up to ${REPOSITORIES_MAX} beginnings, each https://HOST/… or /…, with / at its end`,
        schema: z.array(repositoryBeginning).max(REPOSITORIES_MAX),
        default: [],
        defaultText: "none",
      }),
      withoutSandbox: field({
        meaning:
          "Whether coding agents work on repositories for whoever executes a cluster where nothing keeps them from the rest of the machine, too. What a repository holds may make such a program start " +
          "others, as this user; without a sandbox they reach all that this user reaches.",
        expected: "true or false",
        schema: z.boolean(),
        default: false,
      }),
      repositoryBytesMax: field({
        meaning: "Most bytes of a repository of others, as it comes and checked out.",
        expected: wholeText(65_536, REPOSITORY_BYTES_MAX),
        schema: whole(65_536, REPOSITORY_BYTES_MAX),
        default: 268_435_456,
      }),
      repositoryTimeoutMs: field({
        meaning: "Longest time that each step of fetching a repository of others takes, in milliseconds.",
        expected: wholeText(1_000, 3_600_000),
        schema: whole(1_000, 3_600_000),
        default: 120_000,
      }),
      copyBytesMax: field({
        meaning:
          "Most bytes on the disk of one copy of a project, with all that is written into it; of a gate's checkout, too. Whoever's agent passes it has its turn ended, with what to do.",
        expected: wholeText(SERVICE_FOLDER_BYTES_MIN, SERVICE_FOLDER_BYTES_MAX),
        schema: whole(SERVICE_FOLDER_BYTES_MIN, SERVICE_FOLDER_BYTES_MAX),
        default: COPY_BYTES_MAX_DEFAULT,
      }),
      uncommitted: field({
        meaning: "Whether a helper's copy begins with what is not committed in the project, too.",
        expected: "true or false",
        schema: z.boolean(),
        default: false,
      }),
      gate: field({
        meaning:
          "Program and arguments that decide whether a merge may be: it runs in a checkout of the merged files, and exit code 0 is yes. No shell reads it.",
        expected: `up to ${GATE_WORDS_MAX} words, the program first`,
        schema: z.array(text).min(1).max(GATE_WORDS_MAX).nullable(),
        default: null,
        defaultText: "none: a merge needs no more than fitting",
      }),
      gateEnvironment: field({
        meaning: "Names of the daemon's environment variables that the gate may see.",
        expected: "names of variables",
        schema: z.array(environmentName).max(GATE_WORDS_MAX),
        default: [],
        defaultText: "none",
      }),
      gateTimeoutMs: field({
        meaning: "Longest time of the gate, in milliseconds.",
        expected: wholeText(1_000, GATE_TIMEOUT_MS_MAX),
        schema: whole(1_000, GATE_TIMEOUT_MS_MAX),
        default: 1_800_000,
      }),
      gateSandbox: field<Confinement["sandbox"]>({
        meaning:
          "What keeps the gate, which runs what agents wrote, from the rest of the machine: `bubblewrap`, without which no merge passes the gate; `none`; or `auto`, bubblewrap where the machine has it and " +
          "it works, else none. `pleiad node status` says which it is.",
        expected: "auto, bubblewrap or none",
        schema: confinementFields.sandbox.unwrap(),
        default: "auto",
      }),
      gateNetwork: field({
        meaning:
          "Whether the gate may use the network. Without a sandbox nothing keeps it from that, whatever is said here.",
        expected: "true or false",
        schema: z.boolean(),
        default: false,
      }),
      gateReadable: field({
        meaning:
          "What the gate may read in a sandbox besides the system's folders, its program, and the files that its arguments name by absolute path: absolute paths of files and folders, such as that of a " +
          "Node.js in a home.",
        expected: `up to ${SERVICE_READABLE_MAX} absolute paths`,
        schema: confinementFields.readable.unwrap(),
        default: [],
        defaultText: "none",
      }),
      gateMemoryBytesMax: field({
        meaning: "Most memory of the gate, all its processes together, in bytes.",
        expected: wholeText(SERVICE_MEMORY_BYTES_MIN, SERVICE_MEMORY_BYTES_MAX),
        schema: whole(SERVICE_MEMORY_BYTES_MIN, SERVICE_MEMORY_BYTES_MAX),
        default: SERVICE_MEMORY_BYTES_DEFAULT,
      }),
      gateProcessesMax: field({
        meaning: "Most processes of the gate at once.",
        expected: wholeText(1, SERVICE_PROCESSES_MAX),
        schema: whole(1, SERVICE_PROCESSES_MAX),
        default: SERVICE_PROCESSES_DEFAULT,
      }),
      gateFolderBytesMax: field({
        meaning: "Most that the gate may write into its private folder (home, temporary files), in bytes.",
        expected: wholeText(SERVICE_FOLDER_BYTES_MIN, SERVICE_FOLDER_BYTES_MAX),
        schema: whole(SERVICE_FOLDER_BYTES_MIN, SERVICE_FOLDER_BYTES_MAX),
        default: SERVICE_FOLDER_BYTES_DEFAULT,
      }),
      variableFiles: field({
        meaning:
          "Files of variables that each copy gets (`path` from the project's top, such as `.env`), mode 0600, in no checkpoint and no merge. `set` gives variables other values there: " +
          "`{port}`, `{port+1}`, … are the copy's own ports, `{agent}` its name.",
        expected: `up to ${VARIABLE_FILES_MAX} objects with path and, if wanted, set`,
        schema: z.array(variableFile).max(VARIABLE_FILES_MAX),
        default: [],
        defaultText: "none",
      }),
      portFirst: field({
        meaning: "First of the ports that are handed out to copies; with `portLast`.",
        expected: `${wholeText(1_024, 65_535)}, or null`,
        schema: whole(1_024, 65_535).nullable(),
        default: null,
        defaultText: "none are handed out",
      }),
      portLast: field({
        meaning: "Last of these ports.",
        expected: `${wholeText(1_024, 65_535)}, or null`,
        schema: whole(1_024, 65_535).nullable(),
        default: null,
        defaultText: "none are handed out",
      }),
      portsEach: field({
        meaning: "How many ports each copy gets.",
        expected: wholeText(1, PORTS_EACH_MAX),
        schema: whole(1, PORTS_EACH_MAX),
        default: 10,
      }),
    },
  ),
};
