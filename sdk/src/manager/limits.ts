/** Plans and alerts that one answer shows at most: what a person still looks through. */
export const PLANS_SHOWN_MAX = 200;
/** Kinds of capability that one cluster is formed of: as many as it can have agents. */
export const NEEDS_MAX = 32;
/** Characters of a goal: what a cluster's description takes. */
export const GOAL_CHARS_MAX = 1_024;
/** Characters of what members are told: what a message of a cluster's log takes. */
export const TOLD_CHARS_MAX = 16_384;
