import type { SimOperator } from "../operators.ts";
import type { Rng } from "../rng.ts";
import type { World } from "../world.ts";

/** Takes a fault away. */
export type Lift = () => Promise<void> | void;

/** What befalls whom, as the schedule has drawn it. */
export interface FaultCase {
  readonly operator: SimOperator;
  readonly lastsMs: number;
  /** For what the fault itself draws: how deep, how often, which. */
  readonly rng: Rng;
}

/** One way in which the world can go wrong: a named scenario of the simulation. */
export interface Fault {
  readonly name: string;
  /** Row of the table of faults that it plays, see README.md. */
  readonly row: string;
  /** How often it is drawn beside the others of its profile. */
  readonly weight: number;
  /** How long it lasts, from least to most. Milliseconds. */
  readonly lastsMs: readonly [number, number];
  /** Befalls the round's one victim only: were it everybody, nobody could answer, and a run would rightly fail. */
  readonly onVictimOnly?: boolean;
  /** The daemon's database is lost: it signs nothing for what was created before, and for a while after. @default false */
  readonly takesMemory?: boolean;
  /** At most so many a round. @default no limit */
  readonly perRoundMax?: number;
  /** Begins it; the answer ends it. */
  begin(world: World, found: FaultCase): Promise<Lift>;
}
