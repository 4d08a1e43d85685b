import type { PleiadError } from "@pleiad/sdk/errors";
import { workspaceError } from "../errors.ts";
import type { Credential } from "../types.ts";

/** What agents' terminals tell whoever looks at one. */
export type FaceTerminalMessage =
  | {
      readonly kind: "screen";
      readonly columns: number;
      readonly rows: number;
      readonly data: string;
      readonly leftOut: number;
    }
  | { readonly kind: "output"; readonly data: string }
  | { readonly kind: "input"; readonly data: string }
  | { readonly kind: "end"; readonly why: string; readonly exitCode: number | null };

/** A viewer's place at a terminal. What it throws are PleiadErrors, said to the viewer. */
export interface FaceSeat {
  type(text: string): void;
  resize(size: { readonly columns: number; readonly rows: number }): void;
  /** Nothing is sent until it resumes, when the screen is sent as it is then; but for the end, with the last screen. */
  pause(): void;
  resume(): void;
  leave(): void;
}

/** An agent's terminal, as the faces need it. */
export interface FaceTerminal {
  readonly name: string;
  readonly kind: string;
  /** On whose behalf the agent works, in lower case; none: the operator's. */
  readonly user: string | undefined;
  /** Nobody may type. @default false */
  readonly isViewOnly?: boolean;
  size(): { readonly columns: number; readonly rows: number };
  end(): { readonly why: string; readonly exitCode: number | null } | undefined;
  viewers(): number;
  text(part: "screen" | "all"): {
    readonly lines: readonly string[];
    readonly cursor: { readonly column: number; readonly row: number };
  };
  attach(
    viewer: { send(message: FaceTerminalMessage): Promise<void> },
    options: { readonly mayType: boolean },
  ): FaceSeat;
}

/** The terminals of a node's agents. */
export interface FaceTerminals {
  list(cluster: bigint): readonly FaceTerminal[];
  find(cluster: bigint, name: string): FaceTerminal | undefined;
}

/** What somebody may do at a terminal. */
export type TerminalRight = "type" | "view" | "nothing";

/**
 * The operator may type, and the user for whom the agent works; where nobody may, they look. Other users may look at what is done for nobody in particular.
 * Agents and helpers may do neither, whoever they work for: a terminal shows what a person types, and typing into another
 * agent would be to speak as a person.
 */
export function terminalRight(
  credential: Pick<Credential, "kind"> & { readonly user?: string },
  { user, isViewOnly = false }: Pick<FaceTerminal, "user" | "isViewOnly">,
): TerminalRight {
  const own = isViewOnly ? "view" : "type";
  if (credential.kind === "node") return own;
  if (credential.kind !== "user") return "nothing";
  if (user === undefined) return "view";
  return credential.user === user ? own : "nothing";
}

export function terminalUnknown(name: string): PleiadError {
  return workspaceError("TERMINAL_UNKNOWN", `no agent "${name.slice(0, 80)}" has a terminal on this node`, {
    hint: "see which have: pleiad workspace attach",
  });
}

export function terminalNotAllowed(name: string): PleiadError {
  return workspaceError(
    "TERMINAL_NOT_ALLOWED",
    `the token does not allow to look at the terminal of ${name}`,
    {
      hint: "use the operator's token, or that of the user for whom the agent works",
    },
  );
}
