import { HEADER_LENGTH } from "../../base/mod.ts";
import type { ChannelJob } from "../channels/mod.ts";

/** The compact size of a (200,9) solution as it stands in the header: 1,344. */
const SOLUTION_SIZE_PREFIX = Uint8Array.of(0xfd, 0x40, 0x05);

/** The 1,487 bytes that are hashed: 140 bytes of Equihash input, the size 1,344, the solution. */
export function encodeHeader(
  job: Pick<ChannelJob, "template" | "nonce1">,
  share: { readonly time: number; readonly nonce2: Uint8Array; readonly solution: Uint8Array },
): Uint8Array {
  const header = new Uint8Array(HEADER_LENGTH);
  const prefix = job.template.headerPrefix(share.time);
  header.set(prefix);
  let offset = prefix.length;
  for (const part of [job.nonce1, share.nonce2, SOLUTION_SIZE_PREFIX, share.solution]) {
    header.set(part, offset);
    offset += part.length;
  }
  return header;
}
