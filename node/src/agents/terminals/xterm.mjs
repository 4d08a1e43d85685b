// The package is CommonJS whose names Node.js does not see from outside.
import headless from "@xterm/headless";

export const { Terminal: HeadlessTerminal } = headless;
