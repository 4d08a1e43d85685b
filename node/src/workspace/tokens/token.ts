import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Names a token's file: 64 bits, so that two of 256 tokens never have the same. */
const ID_BYTES = 8;
/** 256 bits: nobody guesses it, so its hash needs no salt. */
const SECRET_BYTES = 32;

const FORM = /^pleiad_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

/** A token in its parts: the id is no secret. */
export interface TokenParts {
  readonly id: string;
  readonly secret: string;
}

export function newToken(): TokenParts {
  return {
    id: randomBytes(ID_BYTES).toString("hex"),
    secret: randomBytes(SECRET_BYTES).toString("base64url"),
  };
}

/** As whoever has it sends it. */
export function tokenText({ id, secret }: TokenParts): string {
  return `pleiad_${id}_${secret}`;
}

/** Undefined for what is no token. */
export function parseToken(text: string): TokenParts | undefined {
  const [, id, secret] = FORM.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

export function isTokenId(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text);
}

export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Without telling by the time it takes how much of it was right. */
export function isSecretOf(hash: string, secret: string): boolean {
  const [known, given] = [Buffer.from(hash, "hex"), Buffer.from(hashOf(secret), "hex")];
  return known.length === given.length && timingSafeEqual(known, given);
}
