import { chainError } from "@pleiad/sdk/errors/chainError";

/** Makes a call of viem and gives what it throws the SDK's types. */
export async function chainCall<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw chainError(error);
  }
}
