import { type Receipt, receiptSchema } from "../local/receipts/receipt.ts";
import { cliError } from "./cliError.ts";
import { jsonOf, mistakesOf } from "./fileFields.ts";

/** Reads a receipt from its file's text. @throws PleiadError RECEIPT_INVALID naming what is wrong first */
export function parseReceipt(text: string, fileName: string): Receipt {
  const parsed = receiptSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const [wrong = ""] = mistakesOf(parsed.error);
  throw cliError("RECEIPT_INVALID", `${fileName} is no receipt: ${wrong}`, { details: { fileName, wrong } });
}
