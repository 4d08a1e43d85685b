import { PleiadError } from "@pleiad/sdk/errors";
import type { BlobStore } from "../store/blobs.ts";
import type { Blobs } from "../work/ports.ts";

/** The blob store as the work layer and the peers ask it: a blob that is not here is no failure. */
export function blobsOf(store: BlobStore): Blobs {
  return {
    async get(digest) {
      try {
        return await store.get(digest);
      } catch (error) {
        // Damaged: it was put away, so that it can be fetched again.
        if (
          error instanceof PleiadError &&
          (error.code === "BLOB_MISSING" || error.code === "BLOB_DAMAGED")
        ) {
          return undefined;
        }
        throw error;
      }
    },
    put: (bytes) => store.put(bytes),
  };
}
