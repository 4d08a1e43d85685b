import { config } from "zod";

/**
 * For a page whose policy forbids `eval`: imported before any other module of the SDK, it keeps schemas from trying whether they may
 * make code, which a browser would report. Elsewhere it only makes checks slower.
 */
config({ jitless: true });
