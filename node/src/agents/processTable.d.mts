/** A process that carries a tag. */
export interface TaggedProcess {
  readonly pid: number;
  readonly variable: string;
  readonly tag: string;
}
export const AGENT_TAG_VARIABLE: "PLEIAD_AGENT_TAG";
export const GUARD_TAG_VARIABLE: "PLEIAD_GUARD_TAG";
export function listTagged(): TaggedProcess[];
export function listFromProc(): TaggedProcess[];
export function listFromPs(): TaggedProcess[];
export function parsePs(listing: string): TaggedProcess[];
export function sweepTagged(matches: (entry: TaggedProcess) => boolean): {
  readonly killed: readonly number[];
  readonly error: string | undefined;
};
export function signalGroup(group: number, name: NodeJS.Signals | 0): boolean;
export function groupRuns(group: number): boolean;
