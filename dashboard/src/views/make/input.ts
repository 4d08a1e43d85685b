import { encodeInputs } from "@pleiad/sdk/actions/encodeInputs";
import { INPUT_BYTES_MAX } from "@pleiad/sdk/types/run";
import { bytesToHex, type Hex, keccak256 } from "viem";

export { INPUT_BYTES_MAX };

/** The largest blob that peers pass on, as the daemon takes it. Bytes. */
export const BLOB_BYTES_MAX = 1_048_576;

/** What an input would be: the bytes, and why they are none. */
export interface InputReading {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly problem: string | undefined;
  /** Whether it is too large for the chain, and goes by its digest. */
  readonly isLarge: boolean;
}

/** One text, or a text for each of the variables that a version names. */
export function inputOf(names: readonly string[], texts: Readonly<Record<string, string>>): InputReading {
  const missing = names.filter((name) => (texts[name] ?? "") === "");
  const text =
    names.length === 0
      ? (texts[""] ?? "")
      : encodeInputs(names, Object.fromEntries(names.map((name) => [name, texts[name] ?? ""])));
  const bytes = new TextEncoder().encode(text);
  const problem =
    missing.length > 0
      ? `Still empty: ${missing.join(", ")}.`
      : bytes.length === 0
        ? "There is no document yet."
        : bytes.length > BLOB_BYTES_MAX
          ? `It has ${bytes.length.toLocaleString("en-US")} bytes; a run takes ${BLOB_BYTES_MAX.toLocaleString("en-US")}.`
          : undefined;
  return { bytes, problem, isLarge: bytes.length > INPUT_BYTES_MAX };
}

/** As `execute` takes it: in the transaction, or its digest there and its bytes with the nodes. */
export function contentOf(
  bytes: Uint8Array,
  isByReference: boolean,
):
  | { readonly input: Uint8Array; readonly inputDigest?: undefined; readonly inputURI?: undefined }
  | { readonly input?: undefined; readonly inputDigest: Hex; readonly inputURI: string } {
  if (!isByReference) return { input: bytes };
  return { inputDigest: keccak256(bytesToHex(bytes)), inputURI: "pleiad:" };
}

/** A file's text; undefined where it is none. */
export async function textIn(file: Blob): Promise<string | undefined> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    return undefined;
  }
}
