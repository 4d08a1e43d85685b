import { z } from "zod";
import { addressSchema, bigintSchema, decodeRecord, encodeRecord } from "../../store/codec.ts";
import { managerError } from "../errors.ts";
import type { StandingRequest } from "../face.ts";
import { STANDING_REQUESTS_MAX } from "../limits.ts";
import type { ManagerTable } from "../ports.ts";

export type Standing = StandingRequest;

/** Requests that are tried again until there is a cluster, one for each slug, on disk. */
export interface StandingRequests {
  list(): Promise<readonly Standing[]>;
  /** In place of the one for the same slug. @throws PleiadError STANDING_FULL */
  keep(standing: Standing): Promise<void>;
  drop(slug: string): Promise<void>;
}

const PREFIX = "standing/";

const standingSchema = z.object({
  request: z.object({
    kind: z.literal("FORMATION"),
    goal: z.string(),
    slug: z.string(),
    needs: z.array(z.object({ capability: z.string(), count: z.int() })).readonly(),
    size: z.object({ min: z.int(), max: z.int() }),
    budgetWei: bigintSchema,
    limits: z.object({
      priceWeiMax: bigintSchema,
      ratingMin: z.number(),
      ratingsMin: z.int(),
      roundTripMsMax: z.codec(
        z.number().nullable(),
        z.custom<number | undefined>(() => true),
        { decode: (value) => value ?? undefined, encode: (value) => value ?? null },
      ),
    }),
    owner: addressSchema,
  }),
  by: z.string(),
  sinceMs: z.int(),
  plan: z.string().nullable(),
}) satisfies z.ZodType<Standing>;

export function createStandingRequests({ table }: { readonly table: ManagerTable }): StandingRequests {
  async function list(): Promise<readonly Standing[]> {
    const found: Standing[] = [];
    for await (const [key, value] of table.list(PREFIX)) found.push(decodeRecord(key, standingSchema, value));
    return found;
  }
  return {
    list,
    async keep(standing) {
      const { slug } = standing.request;
      const others = (await list()).filter(({ request }) => request.slug !== slug);
      if (others.length >= STANDING_REQUESTS_MAX) {
        throw managerError(
          "STANDING_FULL",
          `${others.length} requests for clusters wait, and no more are kept`,
          {
            hint: "Ask again when one of them is met or dropped",
            retryable: true,
            details: { waiting: others.length, max: STANDING_REQUESTS_MAX },
          },
        );
      }
      await table.put([[`${PREFIX}${slug}`, encodeRecord(standingSchema, standing)]]);
    },
    drop: (slug) => table.delete([`${PREFIX}${slug}`]),
  };
}
