import type { PermissionOption } from "../session.ts";

/** `cancelled`: by the agent, by the end of its session, or by a restart of the daemon; see `reason`. */
export type ApprovalState = "waiting" | "answered" | "timedOut" | "cancelled";

/** Who answered: a person, by the token, or a rule. */
export type ApprovedBy =
  | { readonly kind: "operator" }
  | { readonly kind: "owner"; readonly user: string }
  | { readonly kind: "rule"; readonly rule: string };

/** An agent's question, as it is kept. */
export interface ApprovalRow {
  readonly id: string;
  readonly agent: string;
  readonly cluster: bigint | undefined;
  /** What it wants to do, in its program's words. */
  readonly what: string;
  readonly tool: string | undefined;
  readonly input: string | undefined;
  /** Exactly what the agent offers. */
  readonly options: readonly PermissionOption[];
  readonly createdAtMs: number;
  readonly deadlineMs: number;
  readonly state: ApprovalState;
  /** Id of the option that was chosen; undefined for none. */
  readonly answer: string | undefined;
  readonly by: ApprovedBy | undefined;
  readonly endedAtMs: number | undefined;
  /** Why it was cancelled. */
  readonly reason: string | undefined;
}

/** What a person allowed, or refused, for good: the same agent, tool and input, to the letter. */
export interface RememberedAnswer {
  readonly id: string;
  readonly agent: string;
  readonly cluster: bigint | undefined;
  readonly tool: string | undefined;
  readonly input: string | undefined;
  readonly what: string;
  readonly allow: boolean;
  readonly createdAtMs: number;
  /** Until when it counts; undefined: until it is revoked. */
  readonly untilMs: number | undefined;
  readonly by: ApprovedBy;
}

/** Where questions and remembered answers are kept; `store/approvalBook.ts` keeps them on disk. Each call is flushed. */
export interface ApprovalStore {
  put(row: ApprovalRow): Promise<void>;
  get(id: string): Promise<ApprovalRow | undefined>;
  waiting(): Promise<readonly ApprovalRow[]>;
  /** Those that are over, the newest first. */
  ended(limit: number): Promise<readonly ApprovalRow[]>;
  remember(answer: RememberedAnswer): Promise<void>;
  remembered(): Promise<readonly RememberedAnswer[]>;
  /** @returns whether it was there */
  forget(id: string): Promise<boolean>;
}
