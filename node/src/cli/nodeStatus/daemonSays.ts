import { PleiadError } from "@pleiad/sdk/errors";
import { z } from "zod";
import { daemonClient } from "../../local/daemonClient.ts";
import { readDaemonState } from "../../local/daemonState.ts";
import { daemonAccess } from "../dataFolder.ts";

const count = z.int().nonnegative();
const fault = z.object({ code: z.string(), message: z.string() });

/** What is shown of `GET /status` while a daemon starts; it may say more. */
const startingSchema = z.looseObject({
  version: z.string(),
  pid: z.int(),
  startedAtMs: z.number(),
  ready: z.looseObject({
    ready: z.boolean(),
    checks: z.record(z.string(), z.object({ ok: z.boolean(), reason: z.string().nullable() })),
    warnings: z.array(fault),
  }),
  chain: z.looseObject({
    state: z.string(),
    head: z.looseObject({ number: z.coerce.bigint() }).nullable(),
    lagBlocks: count,
    headAgeSeconds: z.number().nullable(),
    hinted: z.boolean().nullable(),
    endpoints: z.array(
      z.looseObject({ name: z.string(), state: z.string(), lagBlocks: z.number(), error: fault.nullable() }),
    ),
    contradiction: fault.nullable(),
  }),
  errors: z.array(
    z.object({ atMs: z.number(), level: z.string(), code: z.string().nullable(), message: z.string() }),
  ),
});

/** The same once it works. */
const statusSchema = startingSchema.extend({
  node: z.coerce.bigint(),
  account: z.looseObject({
    address: z.string(),
    nonce: count.nullable(),
    balanceWei: z.string().transform(BigInt).nullable(),
    inFlight: count,
    waiting: count,
    spentWei: z.string().transform(BigInt),
    spendingLimitWei: z.string().transform(BigInt).nullable(),
    alert: fault.nullable(),
  }),
  earnings: z.array(z.object({ currency: z.string(), amount: z.string().transform(BigInt) })).nullable(),
  peers: z.array(z.looseObject({ state: z.string().optional() })),
  nodesUp: z.array(z.unknown()),
  activeJobs: count,
  waitingJobs: count,
  // A daemon of before says nothing of either.
  places: count.optional(),
  draining: z.boolean().optional(),
  jobs: z.object({ live: z.record(z.string(), count), ended: z.record(z.string(), count) }),
  models: z.array(z.coerce.bigint()),
  // A daemon of before says nothing of it.
  sandbox: z.object({ about: z.string(), notKept: z.string() }).optional(),
});

/** A daemon's own word while it starts. */
export type StartingSays = z.output<typeof startingSchema>;
/** A working daemon's own word. */
export type DaemonSays = z.output<typeof statusSchema>;

/** What became of asking a daemon. */
export interface Asked {
  readonly apiUrl: string | undefined;
  readonly status: DaemonSays | undefined;
  /** In its place, of a daemon that is not at work yet. */
  readonly starting: StartingSays | undefined;
  /** Why there is no status. */
  readonly reason: string | undefined;
}

/** Asks the daemon of a data folder how it is. */
export async function askDaemon(folder: string): Promise<Asked> {
  const state = readDaemonState(folder);
  const access = daemonAccess(folder);
  const asked = { apiUrl: access?.apiUrl, status: undefined, starting: undefined };
  if (state?.state === "failed")
    return { ...asked, reason: `stopped with ${state.error.code}: ${state.error.message}` };
  if (access === undefined) return { ...asked, reason: "does not run" };
  try {
    const said = await daemonClient(access).status();
    const status = statusSchema.safeParse(said);
    if (status.success) return { ...asked, status: status.data, reason: undefined };
    const starting = startingSchema.extend({ starting: z.literal(true) }).safeParse(said);
    if (starting.success) return { ...asked, starting: starting.data, reason: undefined };
    return { ...asked, reason: "answers something else than a daemon of this version does" };
  } catch (error) {
    if (error instanceof PleiadError) return { ...asked, reason: error.message };
    throw error;
  }
}
