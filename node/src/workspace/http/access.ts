/** What routes of the workspace want of who asks: any token, of such a role; what it opens, the workspace looks at itself. */
export const VIEWS = { access: { role: "view", who: "anybody" } } as const;
export const ACTS = { access: { role: "act", who: "anybody" } } as const;
/** For who gives out tokens. */
export const OPERATES = { access: { role: "operate", who: "operator" } } as const;
