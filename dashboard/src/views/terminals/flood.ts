import { FLOOD_CHARACTERS_MAX, FLOOD_WAITING_CHARACTERS_MAX, FLOOD_WINDOW_MS } from "./limits.ts";

/** Says when more comes than can be drawn, or than anybody could read. */
export interface FloodGauge {
  /**
   * @param waiting characters that came and are not drawn yet
   * @param most characters within `FLOOD_WINDOW_MS`
   */
  isFlood(characters: number, waiting: number, nowMs: number, most?: number): boolean;
  forget(): void;
}

export function createFloodGauge(): FloodGauge {
  let sinceMs = Number.NEGATIVE_INFINITY;
  let characters = 0;
  return {
    isFlood(more, waiting, nowMs, most = FLOOD_CHARACTERS_MAX) {
      if (nowMs - sinceMs >= FLOOD_WINDOW_MS) {
        sinceMs = nowMs;
        characters = 0;
      }
      characters += more;
      return characters > most || waiting > FLOOD_WAITING_CHARACTERS_MAX;
    },
    forget() {
      sinceMs = Number.NEGATIVE_INFINITY;
    },
  };
}
