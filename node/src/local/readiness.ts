import { open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { isRetryable, PleiadError } from "@pleiad/sdk/errors";
import type { Readiness, ReadyCheck, ReadyWarning } from "../api/server.ts";
import type { Clock } from "../chain/clock.ts";
import type { FollowerStatus } from "../chain/followerTypes.ts";
import type { Signer } from "../chain/signer.ts";
import { errnoOf, PRIVATE_FILE_MODE } from "../config/files.ts";
import { boundedText } from "./boundedText.ts";
import { followingText } from "./followingText.ts";
import type { SignerView } from "./observed.ts";

/** What was found is told again for so long, whoever asks. Milliseconds. */
export const READY_AGE_MS_MAX = 5_000;
/** Name of the file by which the disk is tried. */
const PROBE_FILE = ".ready-probe";
/** A page of the disk. Bytes. */
const PROBE_BYTES = 4_096;
/** A reason is a sentence. Characters. */
const REASON_CHARS_MAX = 200;

/**
 * Whether the node can do what it is there for: it follows the chain, its disk takes writes, its key signs, its work is
 * taken up. Each with the reason where it does not, and what somebody should know although it works.
 */
export function createReadiness(
  options: { readonly dataFolder: string },
  modules: {
    readonly clock: Clock;
    readonly follower: () => FollowerStatus;
    readonly signer: Signer;
    readonly signerView: () => SignerView;
    /** Whether the daemon is past its start. */
    readonly isAtWork: () => boolean;
    /** What does not keep it from working, and soon may. */
    readonly warnings: () => readonly ReadyWarning[];
  },
): () => Promise<Readiness> {
  const { clock, follower, signer, signerView, isAtWork, warnings } = modules;
  let last: { readonly slow: Promise<readonly [ReadyCheck, ReadyCheck]>; readonly atMs: number } | undefined;

  async function keys(): Promise<ReadyCheck> {
    if (signerView().lied)
      return no("SIGNER_MISMATCH: the signer signed something else than it was asked for");
    try {
      await signer.check?.();
      return YES;
    } catch (error) {
      return no(reasonOf(error));
    }
  }

  async function store(): Promise<ReadyCheck> {
    const path = join(options.dataFolder, PROBE_FILE);
    try {
      await using file = await open(path, "w", PRIVATE_FILE_MODE);
      await file.writeFile(new Uint8Array(PROBE_BYTES));
      await file.sync();
    } catch (error) {
      return no(`the data folder takes no writes: ${errnoOf(error) ?? reasonOf(error)}`);
    } finally {
      await unlink(path).catch(() => undefined);
    }
    return YES;
  }

  function chain(): ReadyCheck {
    const status = follower();
    const { state, error } = status;
    if (state === "following") return YES;
    return no(error === undefined ? followingText(status) : `the follower is ${state}: ${reasonOf(error)}`);
  }

  function work(): ReadyCheck {
    return isAtWork() ? YES : no("starting: not at work yet");
  }

  return async () => {
    if (last === undefined || clock.monotonicMs() - last.atMs > READY_AGE_MS_MAX)
      last = { slow: Promise.all([store(), keys()]), atMs: clock.monotonicMs() };
    const [storeCheck, keysCheck] = await last.slow;
    const checks = { chain: chain(), store: storeCheck, keys: keysCheck, work: work() };
    return { ready: Object.values(checks).every(({ ok }) => ok), checks, warnings: warnings() };
  };
}

const YES: ReadyCheck = { ok: true, reason: null };

function no(reason: string): ReadyCheck {
  return { ok: false, reason: boundedText(reason, REASON_CHARS_MAX) };
}

function reasonOf(error: unknown): string {
  if (error instanceof PleiadError)
    return `${error.code}: ${error.message}${isRetryable(error) ? " (it tries again)" : ""}`;
  return error instanceof Error ? error.message : String(error);
}
