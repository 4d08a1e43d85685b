/**
 * Limits of a blueprint. All but the first are the contracts': `BlueprintText.sol`, `VersionCode.sol`,
 * `ModelRegistry.sol` and `ClusterRegistry.sol` say the same.
 */

/** Bytes of a whole `cluster.yaml`: ten times what a version can hold, so comments have room. */
export const BLUEPRINT_BYTES_MAX = 262_144;

export const SLUG_PATTERN = /^[a-z0-9-]{3,31}$/;
export const NAME_PATTERN = /^[A-Za-z0-9 _-]{1,32}$/;
export const CLUSTER_NAME_BYTES_MAX = 64;
export const DESCRIPTION_BYTES_MAX = 1_024;
/** Role, goal and backstory each. */
export const PERSONA_BYTES_MAX = 1_024;
export const PROMPT_BYTES_MAX = 8_192;
export const MODEL_NAME_BYTES_MAX = 31;
/** Bytes of code of one contract, less the STOP byte. */
export const VERSION_BYTES_MAX = 24_575;
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
/** Each text is preceded by its length. */
export const VERSION_TEXT_PREFIX_BYTES = 2;
