/** Everything that can go wrong in an expected way in the sample programs. */
export type FailureCode =
  | "PROMPT_TOO_LARGE"
  | "PROMPT_EMPTY"
  | "FENCE_MALFORMED"
  | "PART_TRUNCATED"
  | "PART_UNCLOSED"
  | "PART_DUPLICATE"
  | "PART_HASH_MISMATCH"
  | "PARTS_TOO_MANY"
  | "PART_MISSING"
  | "DOCUMENT_EMPTY"
  | "DOCUMENT_BINARY"
  | "DOCUMENT_NOT_UTF8"
  | "DOCUMENT_TOO_LARGE"
  | "DOCUMENT_WITHOUT_SENTENCES"
  | "NOTES_MALFORMED"
  | "BRIEF_EMPTY"
  | "FILE_UNREADABLE";

/**
 * An expected failure: a stable code, what is wrong with the offending value, and what to do about it. The sample
 * programs import nothing outside Node, so this stands beside the project's own error class and has the same shape.
 */
export class SampleFailure extends Error {
  readonly code: FailureCode;
  readonly hint: string;

  constructor(code: FailureCode, message: string, hint: string) {
    super(message);
    this.name = "SampleFailure";
    this.code = code;
    this.hint = hint;
  }
}
