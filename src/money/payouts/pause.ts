import type { PayoutEngineModules } from "./engine_options.ts";

/**
 * Pauses payments for a reason of the program's own. What keeps them paused comes again with every
 * turn; it is kept and logged once.
 */
export async function pausePayments(
  { database, store, clock, logger }: Pick<
    PayoutEngineModules,
    "database" | "store" | "clock" | "logger"
  >,
  { actor, reason }: { readonly actor: string; readonly reason: string },
): Promise<void> {
  const entry = { atMs: clock.now(), actor, reason };
  const isNew = await database.transaction(async (tx) => {
    if (!await store.control.pause(tx, entry)) return false;
    await store.trail.appendAction(tx, { ...entry, action: "pause", subject: "" });
    return true;
  });
  if (isNew) logger.log("error", "payouts_paused", `payments paused: ${reason}`);
}
