import type { CipherState } from "./cipher_state.ts";
import { FrameOpener } from "./frame_opener.ts";
import { FrameSealer } from "./frame_sealer.ts";

/** Both directions of an established session; see the two parts for how frames are sealed. */
export class NoiseCodec {
  /** Seals what we send. */
  readonly sealer: FrameSealer;
  /** Opens what we receive. */
  readonly opener: FrameOpener;

  constructor(keys: { readonly sending: CipherState; readonly receiving: CipherState }) {
    this.sealer = new FrameSealer(keys.sending);
    this.opener = new FrameOpener(keys.receiving);
  }
}
