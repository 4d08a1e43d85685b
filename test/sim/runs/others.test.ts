import { playQuickSeeds } from "./play.ts";

playQuickSeeds(["peers", "agents", "machine", "stops", "all"]);
