/**
 * Limits of a blueprint. All but the first three are the contracts': `BlueprintText.sol`, `VersionCode.sol`,
 * `ModelRegistry.sol` and `ClusterRegistry.sol` say the same.
 */

/** Bytes of a whole `cluster.yaml`: ten times what a version can hold, so comments have room. */
export const BLUEPRINT_BYTES_MAX = 262_144;

/** Mistakes that a message lists: who reads them mends the first ones first, and most others follow from those. */
export const MISTAKES_SHOWN_MAX = 20;
/** What the parser of YAML says of one mistake: it may quote the rest of the file. */
export const SYNTAX_CHARS_MAX = 160;

export const SLUG_PATTERN = /^[a-z0-9-]{3,31}$/;
export const NAME_PATTERN = /^[A-Za-z0-9 _-]{1,32}$/;
export const CLUSTER_NAME_BYTES_MAX = 64;
export const DESCRIPTION_BYTES_MAX = 1_024;
/** Role, goal and backstory each. */
export const PERSONA_BYTES_MAX = 1_024;
export const PROMPT_BYTES_MAX = 8_192;
export const TOOL_ARGUMENTS_BYTES_MAX = 1_024;
/** Names of an input's variables. */
export const INPUT_PATTERN = /^[A-Za-z0-9_-]{1,32}$/;
export const INPUTS_MAX = 16;
/** Nodes that must agree on an answer. */
export const QUORUM_MAX = 7;
/** Nodes' reports of failure after which a task has failed. */
export const ATTEMPTS_MAX = 8;
export const ATTEMPTS_DEFAULT = 3;
/** Sampling temperature. */
export const TEMPERATURE_MAX = 2;
/** An agent's most tokens have 32 bits. */
export const TOKENS_MAX_MAX = 2 ** 32 - 1;
export const MODEL_NAME_BYTES_MAX = 31;
/** Bytes of code of one contract, less the STOP byte: what is longer goes on in a further code. */
export const CODE_BYTES_MAX = 24_575;
/** What one transaction can publish, with 32 agents on as many models. */
export const VERSION_BYTES_MAX = 57_344;
export const AGENTS_MAX = 32;
export const TASKS_MAX = 32;
export const WINDOW_SECONDS_MIN = 3;
export const WINDOW_SECONDS_MAX = 86_400;
export const NODE_SHARE_BPS_MAX = 10_000;
/** Prices and fees have 96 bits. */
export const PRICE_WEI_MAX = 2n ** 96n - 1n;

/** What stands in a version besides its texts; see `VersionCode.sol`. */
export const VERSION_HEADER_BYTES = 66;
export const VERSION_TASK_BYTES = 28;
export const VERSION_AGENT_BYTES = 14;
/** A further code's hash. */
export const VERSION_HASH_BYTES = 32;
/** Each text is preceded by its length. */
export const VERSION_TEXT_PREFIX_BYTES = 2;

/** What stands in the place of a token's address for the chain's own currency. */
export const NATIVE_CURRENCY = "native";
