// Loaded into a daemon before its own code (`node --import`): a wall clock that jumps and a disk that is full, as two files in
// the folder PLEIAD_SIM_FOLDER say. `clock`: milliseconds to add to the wall clock. `full`: while it is there, nothing can be
// written into the data folder. Everything else, monotonic time before all, is left as it is.
import fs from "node:fs";
import { open } from "node:fs/promises";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { join } from "node:path";

const folder = process.env.PLEIAD_SIM_FOLDER;
/** How often the two files are looked at. */
const LOOK_MS = 50;

if (folder !== undefined && process.argv.includes("start")) {
  let offsetMs = 0;
  let isFull = false;
  const { existsSync, readFileSync } = fs;
  const look = () => {
    isFull = existsSync(join(folder, "full"));
    offsetMs = existsSync(join(folder, "clock")) ? Number(readFileSync(join(folder, "clock"), "utf8")) : 0;
  };
  look();
  setInterval(look, LOOK_MS).unref();

  const now = Date.now;
  Date.now = () => now() + offsetMs;

  const noRoom = () =>
    Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", errno: -28 });
  const refusing = (call) =>
    function (...args) {
      if (isFull) throw noRoom();
      return call.apply(this, args);
    };
  const { writeSync } = fs;
  // Descriptors 1 and 2 are the log, which lies elsewhere.
  fs.writeSync = (fd, ...rest) => {
    if (isFull && fd > 2) throw noRoom();
    return writeSync(fd, ...rest);
  };
  syncBuiltinESMExports();
  const handle = await open(new URL(import.meta.url));
  const files = Object.getPrototypeOf(handle);
  await handle.close();
  for (const name of ["write", "writeFile", "appendFile", "truncate"]) {
    const call = files[name];
    files[name] = async function (...args) {
      return refusing(call).apply(this, args);
    };
  }

  // LevelDB writes by itself, in C++: its batches are refused in its own words. From where the store finds it.
  const store = createRequire(new URL("../../node/src/store/levelBackend.ts", import.meta.url));
  const { ClassicLevel } = createRequire(store.resolve("level"))("classic-level");
  const { _batch: batch } = ClassicLevel.prototype;
  ClassicLevel.prototype._batch = async function (...args) {
    if (isFull)
      throw Object.assign(new Error("IO error: /db/000003.log: No space left on device"), {
        code: "LEVEL_IO_ERROR",
      });
    return batch.apply(this, args);
  };
}
