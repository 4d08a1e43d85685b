/** The answer of a coding agent to a task on a repository: its summary, and the unified diff of what it did. */
export interface ProjectAnswer {
  readonly summary: string;
  /** Commit that the diff is against. */
  readonly base: string;
  /** Unified diff as git writes it; empty where nothing was changed. */
  readonly diff: string;
}
