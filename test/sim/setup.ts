import { OPERATOR_COUNT } from "./registry.ts";
import { createRng } from "./rng.ts";

/** How the operators differ, as their seed has drawn it: whatever one of them does without, another one has. */
export interface SimSetup {
  /** The one whose key is at a remote signer. */
  readonly remoteSigner: number;
  /** Whether a WebSocket tells it of new blocks, by operator. */
  readonly headHints: readonly boolean[];
}

/** The operators' setup: the same seed and profile give the same. */
export function planSetup(profile: string, seed: number): SimSetup {
  const rng = createRng(`${profile}/${seed}/setup`);
  const remoteSigner = rng.int(0, OPERATOR_COUNT - 1);
  const without = rng.int(0, OPERATOR_COUNT - 1);
  const headHints = Array.from(
    { length: OPERATOR_COUNT },
    (_, index) => index === (without + 1) % OPERATOR_COUNT || (index !== without && rng.chance(0.5)),
  );
  return { remoteSigner, headHints };
}
