// Both packages are CommonJS whose names Node.js does not see from outside.
import serialize from "@xterm/addon-serialize";
import headless from "@xterm/headless";

export const { Terminal: HeadlessTerminal } = headless;
export const { SerializeAddon } = serialize;
