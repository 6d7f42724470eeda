/**
 * Facts about channels as SV2 frames.
 *
 * @module
 */
import {
  CloseChannel,
  EQUIHASH_NONCE_LENGTH,
  NewEquihashJob,
  OpenExtendedMiningChannelSuccess,
  OpenStandardMiningChannelSuccess,
  SetExtranoncePrefix,
  SetTarget,
} from "../../wire/protocol/mod.ts";
import type { ChannelFact, ChannelJob, OpenAnswer } from "../channels/mod.ts";
import { GROUP_ID } from "./_channel_ids.ts";
import { CLOSE_REASONS } from "./error_codes.ts";

/** Standard channels and extended ones differ in SV2's messages, not in Zcash's work. */
export type ChannelKind = "standard" | "extended";

/** The frame that tells one fact. */
export function factFrame(fact: ChannelFact, channelId: number): Uint8Array {
  switch (fact.kind) {
    case "prefix":
      return SetExtranoncePrefix.encode({ channelId, extranoncePrefix: fact.nonce1 });
    case "target":
      return SetTarget.encode({ channelId, maximumTarget: fact.targetLe });
    case "job":
      return jobFrame(fact.job, channelId, fact.cleanJobs);
    case "closed":
      return CloseChannel.encode({ channelId, reasonCode: CLOSE_REASONS[fact.reason] });
  }
}

/** The success of an opening, with the first job behind it where there is one. */
export function openedFrames(
  opened: Extract<OpenAnswer, { kind: "opened" }>,
  ids: { readonly requestId: number; readonly channelId: number },
  kind: ChannelKind,
): Uint8Array[] {
  const { channel: { nonce1 }, targetLe, job } = opened;
  const common = {
    ...ids,
    target: targetLe,
    extranoncePrefix: nonce1,
    groupChannelId: GROUP_ID,
  };
  const success = kind === "extended"
    ? OpenExtendedMiningChannelSuccess.encode({
      ...common,
      extranonceSize: EQUIHASH_NONCE_LENGTH - nonce1.length,
    })
    : OpenStandardMiningChannelSuccess.encode(common);
  return job === undefined ? [success] : [success, jobFrame(job, ids.channelId, true)];
}

function jobFrame(job: ChannelJob, channelId: number, cleanJobs: boolean): Uint8Array {
  const { template, nonce1 } = job;
  return NewEquihashJob.encode({
    channelId,
    jobId: job.jobId,
    futureJob: false,
    version: template.version,
    prevHash: template.previousBlockHash,
    merkleRoot: template.merkleRoot,
    blockCommitments: template.blockCommitments,
    nonce1,
    nonce2Len: EQUIHASH_NONCE_LENGTH - nonce1.length,
    time: template.time,
    bits: template.bits,
    target: job.targetLe,
    cleanJobs,
  });
}
