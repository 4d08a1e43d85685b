export { printable, printableLine } from "../../local/printable.ts";
