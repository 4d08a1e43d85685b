import { playQuickSeeds } from "./play.ts";

playQuickSeeds(["kills", "reorgs", "rpc"]);
