/** What a request may call a repository: a URL. Characters. */
export const REPOSITORY_NAME_CHARACTERS_MAX = 1_024;
/** What a request may call a branch, a tag or a commit. Characters. */
export const REPOSITORY_BASE_CHARACTERS_MAX = 200;
/** Files of a repository of others: each is written out for each job. */
export const REPOSITORY_FILES_MAX = 50_000;
/** How often it is looked how much has come: a fast line brings some MiB meanwhile. Milliseconds. */
export const REPOSITORY_LOOK_MS = 250;
/** Clones that are kept for the next job on the same commit; the one used longest ago goes first. */
export const REPOSITORIES_KEPT_MAX = 8;
/** The list of a repository's files, as git prints it: `REPOSITORY_FILES_MAX` long names. Bytes. */
export const REPOSITORY_LIST_BYTES_MAX = 16_777_216;
/** What a server says of the refs that were asked for. Bytes. */
export const REPOSITORY_REFS_BYTES_MAX = 65_536;
