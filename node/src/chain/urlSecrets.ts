/** A part that is shorter is a version or a word that everybody's URL has, such as `v2` or `rpc`. Characters. */
const SECRET_CHARS_MIN = 6;

/**
 * Takes out of a text what a URL may keep secret: user, password, parts of its path, what it asks for. Endpoints repeat them
 * in their errors, and errors are logged.
 *
 * @example
 * withoutSecrets("bad key c0ffee", "https://rpc.example.org/v2/c0ffee"); // "bad key …"
 */
export function withoutSecrets(text: string, url: string): string {
  const { username, password, pathname, search } = new URL(url);
  const credentials = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString("base64");
  const long = [pathname, search, ...pathname.split("/"), ...search.slice(1).split(/[&=]/)].filter(
    (part) => part.length >= SECRET_CHARS_MIN,
  );
  // Of credentials also short ones are secret.
  const own = username === "" && password === "" ? [] : [password, username, credentials];
  const secrets = [...long, ...own]
    .flatMap((secret) => [secret, decoded(secret)])
    .filter((secret) => secret !== "");
  return secrets
    .sort((one, other) => other.length - one.length)
    .reduce((rest, secret) => rest.replaceAll(secret, "…"), text);
}

/** What is written with % as it is meant; as it is written where that is no text. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
