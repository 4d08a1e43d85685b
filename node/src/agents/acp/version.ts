/** The version of the Agent Client Protocol that is spoken; what the library calls its own. */
export const PROTOCOL_VERSION = 1;
