import assert from "node:assert/strict";
import { Intake, type IntakePlace } from "../../../../src/wire/transport/intake.ts";
import {
  INTAKE_CREDIT_MAX,
  INTAKE_CREDIT_PER_MS,
  INTAKE_DEBT_MAX,
  INTAKE_NETWORKS_MAX,
  INTAKE_UNITS_PER_SLICE,
  UNITS_PER_TURN_MAX,
} from "../../../../src/wire/transport/limits.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

/** As in the event loop, a timer takes a millisecond at least. */
class TimerClock extends FakeClock {
  override after(delayMs: number, callback: () => void): () => void {
    return super.after(Math.max(1, delayMs), callback);
  }
}

/** A connection that takes as many turns as it gets, as many units in each. */
class Flooder {
  units = 0;
  readonly #place: IntakePlace;
  #stopped = false;

  constructor(place: IntakePlace, perTurn = UNITS_PER_TURN_MAX) {
    this.#place = place;
    void this.#run(perTurn);
  }

  stop(): void {
    this.#stopped = true;
    this.#place.leave();
  }

  async #run(perTurn: number): Promise<void> {
    while (!this.#stopped) {
      await this.#place.turn();
      this.#place.took(perTurn);
      this.units += perTurn;
      await undefined;
    }
  }
}

/** Uses a network's credit up. */
function spend(place: IntakePlace): void {
  for (let units = 0; units < INTAKE_CREDIT_MAX; units += UNITS_PER_TURN_MAX) {
    place.took(UNITS_PER_TURN_MAX);
  }
}

Deno.test("who sends little is read at once, and the loop gives floods one turn in a slice", async () => {
  const clock = new TimerClock();
  const intake = new Intake(clock);
  const flooders = Array.from(
    { length: 40 },
    (_, i) => new Flooder(intake.enter(`203.0.113.${i}`)),
  );
  // Their credits, and then nothing but the rest.
  await clock.advance(100);
  const before = flooders.reduce((sum, { units }) => sum + units, 0);
  const honest = intake.enter("198.51.100.1");
  let waits = 0;
  for (let ms = 0; ms < 1_000; ms += 50) {
    await clock.advance(50);
    if (honest.turn() !== undefined) waits++;
    honest.took(1);
  }
  const flooded = flooders.reduce((sum, { units }) => sum + units, 0) - before;
  for (const each of flooders) each.stop();
  await clock.advance(100);
  assert.equal(waits, 0);
  const credits = 40 * (INTAKE_CREDIT_PER_MS * 1_000 + UNITS_PER_TURN_MAX);
  assert(flooded <= 1_000 * UNITS_PER_TURN_MAX + credits, `${flooded} units in a second`);
  assert(flooded >= 2_000, `${flooded} units: they are slowed, not stopped`);
  const units = flooders.map((each) => each.units);
  assert(Math.max(...units) <= 2 * Math.min(...units), "and share what there is");
});

Deno.test("a network of a hundred connections has the turns of one", async () => {
  const clock = new TimerClock();
  const intake = new Intake(clock);
  const crowd = Array.from({ length: 100 }, () => new Flooder(intake.enter("203.0.113.1")));
  const alone = new Flooder(intake.enter("203.0.113.2"));
  await clock.advance(2_000);
  const crowded = crowd.reduce((sum, { units }) => sum + units, 0);
  for (const each of [...crowd, alone]) each.stop();
  await clock.advance(100);
  assert(alone.units >= crowded * 0.8, `${alone.units} against ${crowded}`);
});

Deno.test("a slice has a bound for those with credit too, who then take turns", async () => {
  const clock = new TimerClock();
  const intake = new Intake(clock);
  const places = Array.from({ length: 20 }, (_, i) => intake.enter(`203.0.113.${i}`));
  const waiting = places.map((place) => {
    const turn = place.turn();
    if (turn === undefined) place.took(UNITS_PER_TURN_MAX);
    return turn;
  }).filter((turn) => turn !== undefined);
  const perSlice = INTAKE_UNITS_PER_SLICE / UNITS_PER_TURN_MAX;
  assert.equal(waiting.length, places.length - perSlice);
  let granted = 0;
  for (const turn of waiting) void turn.then(() => granted++);
  await clock.advance(1);
  assert.equal(granted, perSlice);
  for (let slice = 0; slice < 3; slice++) await clock.advance(1);
  assert.equal(granted, waiting.length);
});

Deno.test("reconnecting pays no debt, and what is paid is forgotten", async () => {
  const clock = new TimerClock();
  const intake = new Intake(clock);
  const first = intake.enter("203.0.113.1");
  spend(first);
  for (let turn = 0; turn < 1_000; turn++) first.took(UNITS_PER_TURN_MAX);
  first.leave();
  first.leave();
  const again = intake.enter("203.0.113.1");
  assert.notEqual(again.turn(), undefined);
  again.leave();
  const whole = (INTAKE_CREDIT_MAX + INTAKE_DEBT_MAX) / INTAKE_CREDIT_PER_MS;
  await clock.advance(whole);
  const other = intake.enter("203.0.113.2");
  assert.equal(intake.size, 1, "the other one alone");
  other.leave();
  assert.equal(intake.size, 0);
});

Deno.test("the debts of networks that come and go have a bound", () => {
  const intake = new Intake(new TimerClock());
  for (let i = 0; i < INTAKE_NETWORKS_MAX + 100; i++) {
    const place = intake.enter(`network ${i}`);
    place.took(1);
    place.leave();
  }
  assert.equal(intake.size, INTAKE_NETWORKS_MAX);
});
