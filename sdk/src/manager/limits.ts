/** Plans and alerts that one answer shows at most: what a person still looks through. */
export const PLANS_SHOWN_MAX = 200;
/** Kinds of capability that one cluster is formed of: as many as it can have agents. */
export const NEEDS_MAX = 32;
/** Characters of a goal: a cluster's description, where each letter is one byte; of a longer one it has the beginning. */
export const GOAL_CHARS_MAX = 1_000;
/** Characters of what members are told: whatever the letters, a message of a cluster's log takes as much. */
export const TOLD_CHARS_MAX = 4_000;
