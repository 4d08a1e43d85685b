import { z } from "zod";
import { field, section } from "../fields.ts";
import {
  addressSchema,
  environmentName,
  signerUrlSchema,
  text,
  tokenIdSchema,
  whole,
  wholeText,
} from "../schemas.ts";

/** Who the node is, and where its key lies. */
export const IDENTITY_KEYS = {
  node: section("The node's identity and its key.", {
    id: field({
      meaning: "Id of the node in the registry; empty until it is registered.",
      expected: "the id of a node, a whole number",
      schema: tokenIdSchema.nullable(),
      default: null,
      defaultText: "none",
    }),
    keystore: field({
      meaning: "Encrypted keystore of the node key (Web3 Secret Storage, version 3), mode 0600.",
      expected: "a path",
      schema: text,
      default: "keystore.json",
      path: true,
    }),
    passwordFile: field({
      meaning: "File that holds the keystore's password and nothing else, mode 0600.",
      expected: "a path",
      schema: text.nullable(),
      default: null,
      defaultText: "none; without a file or variable the password is asked for",
      path: true,
    }),
    passwordEnv: field({
      meaning: "Name of the environment variable that holds the keystore's password.",
      expected: "the name of an environment variable, without its value",
      schema: environmentName.nullable(),
      default: null,
      defaultText: "none",
    }),
  }),

  keys: section(
    "A remote signer in the place of the node's keystore: no key is on this machine. It speaks the JSON-RPC of Web3Signer.",
    {
      remoteSignerUrl: field({
        meaning:
          "Where the signer listens. May hold a user and a password. Plain http goes to this machine alone, unless " +
          "`keys.remoteSignerPlainHttp` allows more.",
        expected: "an http or https URL without ? and #",
        schema: signerUrlSchema.nullable(),
        default: null,
        defaultText: "none: the node key is in `node.keystore`",
        secret: true,
      }),
      remoteSignerAddress: field({
        meaning: "Address of the key that the signer signs with: the node key.",
        expected: "an address, 0x and 40 hex digits",
        schema: addressSchema.nullable(),
        default: null,
        defaultText: "none",
      }),
      remoteSignerTimeoutMs: field({
        meaning: "How long a signature may take, in milliseconds.",
        expected: wholeText(100, 60_000),
        schema: whole(100, 60_000),
        default: 5_000,
      }),
      remoteSignerPlainHttp: field({
        meaning:
          "Whether plain http may go to another machine. Whoever is on the way then reads the credentials, and can have anything " +
          "signed; say yes only where the way itself is protected.",
        expected: "true or false",
        schema: z.boolean(),
        default: false,
      }),
      remoteSignerCaFile: field({
        meaning: "Certificates (PEM) to trust for the signer, in the place of the system's.",
        expected: "a path",
        schema: text.nullable(),
        default: null,
        defaultText: "none: those of the system",
        path: true,
      }),
      remoteSignerCertificateFile: field({
        meaning: "This daemon's own TLS certificate (PEM), by which the signer knows it.",
        expected: "a path",
        schema: text.nullable(),
        default: null,
        defaultText: "none",
        path: true,
      }),
      remoteSignerKeyFile: field({
        meaning: "The key of that certificate (PEM, not encrypted), mode 0600.",
        expected: "a path",
        schema: text.nullable(),
        default: null,
        defaultText: "none",
        path: true,
      }),
    },
  ),
};
