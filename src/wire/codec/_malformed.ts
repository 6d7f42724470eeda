import { ProtocolError } from "../../base/mod.ts";
import { MALFORMED_MESSAGE } from "./message_type.ts";

/** The error of a payload that is no value of `message`; `fault` says where and what. */
export function malformed(
  message: { readonly protocol: string; readonly name: string },
  fault: string,
): ProtocolError {
  const text = `${message.protocol}.${message.name}${fault}`;
  return new ProtocolError(MALFORMED_MESSAGE, text, "drop_connection");
}
