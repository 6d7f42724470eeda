/**
 * What happens in a simulated world: a list of actions that a seed makes, each a name and numbers, so
 * that any of them can be left out and the rest still means something.
 *
 * @module
 */
import { seededChoices } from "../support/seeded_choices.ts";
import type { SimWorld } from "./sim_world.ts";

type Act = (world: SimWorld, a: number, b: number) => Promise<void>;

interface Kind {
  /** How often it happens beside the others. */
  readonly weight: number;
  readonly act: Act;
}

/** Hash rates that a miner may claim, solutions a second. */
const RATES = [0, 1, 50, 5_000, 400_000];

const KINDS = {
  share: { weight: 60, act: (world, a, b) => world.share(a, { age: 0, isRight: b % 12 !== 0 }) },
  "share of an older job": {
    weight: 5,
    act: (world, a, b) => world.share(a, { age: 1 + b % 4, isRight: true }),
  },
  "share again": {
    weight: 5,
    act: (world, a, b) => world.share(a, { age: 0, isRight: true, repeat: b % 20 }),
  },
  "connect sv2": { weight: 8, act: (world, a) => world.connect(a, "sv2") },
  "connect stratum": { weight: 8, act: (world, a) => world.connect(a, "stratum") },
  disconnect: { weight: 2, act: (world, a) => world.disconnect(a) },
  update: { weight: 4, act: (world, a, b) => world.update(a, RATES[b % RATES.length] ?? 0) },
  "new tip": { weight: 6, act: (world) => world.grow(1) },
  "hundred blocks": { weight: 2, act: (world) => world.grow(100) },
  refresh: { weight: 4, act: (world) => world.refresh() },
  reorganisation: { weight: 2, act: (world, a, b) => world.reorganise(1 + a % 4, b % 3 === 0) },
  "some milliseconds": { weight: 12, act: (world, a) => world.advance(1 + a % 400) },
  "some seconds": { weight: 6, act: (world, a) => world.advance(1_000 + a % 40_000) },
  "some minutes": { weight: 3, act: (world, a) => world.advance(60_000 * (1 + a % 90)) },
  "clock jumps": {
    weight: 1,
    act: sync((world, a) => world.clock.jump((a % 7_200 - 3_600) * 1_000)),
  },
  standstill: { weight: 1, act: sync((world, a) => world.clock.standStill(a % 20_000)) },
  "database goes": { weight: 1, act: sync((world) => world.setDatabase(false)) },
  "database comes": { weight: 5, act: sync((world) => world.setDatabase(true)) },
  "a statement fails": { weight: 8, act: sync((world, a) => world.failStep(1 + a % 30)) },
  "node is silent": { weight: 1, act: sync((world) => world.answerCalls(false)) },
  "node answers": { weight: 3, act: sync((world) => world.answerCalls(true)) },
  "node is cut off": { weight: 1, act: (world, a) => world.reach(a, false) },
  "node is back": { weight: 5, act: (world, a) => world.reach(a, true) },
  "verifier holds": { weight: 1, act: sync((world, a) => world.hold(a, true)) },
  "verifier goes on": { weight: 6, act: sync((world, a) => world.hold(a, false)) },
  "verifier is full": { weight: 1, act: sync((world, a) => world.fill(a, true)) },
  "verifier has room": { weight: 6, act: sync((world, a) => world.fill(a, false)) },
  kill: { weight: 3, act: (world, a, b) => world.kill(a, b % 30) },
  stop: { weight: 1, act: (world, a) => world.stop(a) },
  start: { weight: 10, act: (world, a) => world.start(a) },
} as const satisfies Readonly<Record<string, Kind>>;

function sync(act: (world: SimWorld, a: number, b: number) => void): Act {
  return (world, a, b) => {
    act(world, a, b);
    return Promise.resolve();
  };
}

/** The kinds of actions. */
export type ActionName = keyof typeof KINDS;

/** One thing that happens. */
export interface Action {
  readonly name: ActionName;
  readonly a: number;
  readonly b: number;
}

const BAG = Object.entries(KINDS).flatMap(([name, { weight }]) =>
  Array.from({ length: weight }, () => name as ActionName)
);

/** The actions of a seed. */
export function actionsOf(seed: number, count: number): Action[] {
  const choices = seededChoices(seed);
  return Array.from({ length: count }, () => ({
    name: choices.of(BAG),
    a: choices.below(1 << 20),
    b: choices.below(1 << 20),
  }));
}

/** Does it. */
export function act(world: SimWorld, { name, a, b }: Action): Promise<void> {
  return KINDS[name].act(world, a, b);
}
