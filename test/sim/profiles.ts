import type { Fault } from "./faults/fault.ts";
import { ALL_FAULTS, FAULTS } from "./faults/index.ts";
import { kill } from "./faults/kill.ts";
import { headsFail, signerFails } from "./faults/outside.ts";
import { reorg } from "./faults/reorg.ts";
import { rpcBlackout } from "./faults/rpc.ts";
import type { Profile } from "./schedule.ts";

type Shape = Omit<Profile, "name" | "faults">;

const BUSY: Shape = { faultsPerRound: [4, 8], roundMs: 12_000, requestsPerRound: [1, 3] };

/** Weather that the daemons themselves have to bear. What stops a daemon for good needs its operator, and has a profile of its own. */
const WEATHER = ALL_FAULTS.filter(
  (fault) => ![...FAULTS.stops, ...FAULTS.outside].includes(fault as (typeof FAULTS.stops)[number]),
);

/** Mostly kills, with reorganisations and a blackout now and then in between: the campaign of docs/guarantees.md. */
const STORM = [kill, { ...reorg, weight: 2 }, { ...rpcBlackout, weight: 1 }];

/** How each profile fills its rounds. */
const PROFILES = {
  kills: { faults: [kill], faultsPerRound: [10, 10], roundMs: 20_000, requestsPerRound: [2, 4] },
  storm: { faults: STORM, faultsPerRound: [13, 15], roundMs: 20_000, requestsPerRound: [2, 4] },
  reorgs: { faults: [...FAULTS.chain, kill], ...BUSY },
  rpc: { faults: FAULTS.rpc, ...BUSY, outside: [headsFail] },
  peers: { faults: FAULTS.peers, ...BUSY },
  agents: { faults: FAULTS.agents, ...BUSY },
  machine: { faults: [...FAULTS.machine, ...FAULTS.process], ...BUSY, outside: [signerFails] },
  stops: {
    faults: FAULTS.stops,
    faultsPerRound: [1, 1],
    roundMs: 8_000,
    requestsPerRound: [3, 5],
    plainRuns: true,
  },
  all: { faults: WEATHER, ...BUSY, faultsPerRound: [6, 12], outside: FAULTS.outside },
} as const satisfies Readonly<Record<string, Shape & { readonly faults: readonly Fault[] }>>;

export type ProfileName = keyof typeof PROFILES;
export const PROFILE_NAMES = Object.keys(PROFILES) as ProfileName[];
/** Scenarios that can be played alone, by their names. */
export const SCENARIO_NAMES: readonly string[] = ALL_FAULTS.map(({ name }) => name);

/** A profile by its name, or one that plays a single scenario. */
export function profileOf(name: string): Profile {
  if (name in PROFILES) return { name, ...PROFILES[name as ProfileName] };
  const alone = ALL_FAULTS.filter((fault) => fault.name === name);
  if (alone.length === 0) throw new Error(`there is no profile or scenario ${name}`);
  const plainRuns = FAULTS.stops.some((fault) => fault.name === name);
  return {
    name,
    faults: alone,
    faultsPerRound: [1, 3],
    roundMs: 10_000,
    requestsPerRound: [1, 3],
    plainRuns,
  };
}
