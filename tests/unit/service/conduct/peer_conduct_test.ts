/** Who is banned, who is only closed, and who never. */
import assert from "node:assert/strict";
import { noMetrics, type PeerConnection, type PeerFault } from "../../../../src/base/mod.ts";
import {
  type Ban,
  type BanKey,
  type ConductOptions,
  PeerConduct,
} from "../../../../src/service/conduct/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const HOME = "192.0.2.1";
const BALANCER = "10.0.0.1";
const VICTIM = "t1-victim";
const OTHER = "t1-other";

/** A connection that knows why it was closed. */
class Line implements PeerConnection {
  closedFor: string | undefined;

  constructor(readonly id: number) {}

  close(reason: string): void {
    this.closedFor ??= reason;
  }
}

class Stage {
  readonly clock = new FakeClock();
  readonly made: Ban[] = [];
  readonly conduct: PeerConduct;
  #lastId = 0;

  constructor(options: Partial<ConductOptions> = {}) {
    const has = ({ network, identity }: BanKey): boolean =>
      this.made.some((ban) => ban.network === network && ban.identity === identity);
    this.conduct = new PeerConduct({ threshold: 50, durationSecs: 3_600, ...options }, {
      clock: this.clock,
      metrics: noMetrics("peerFaults", "limitsReached", "bans", "closed"),
      bans: { has, add: (ban) => void this.made.push(ban) },
      canBeBanned: (address) => address !== BALANCER,
      limited: () => {},
      banned: () => {},
    });
  }

  line(): Line {
    return new Line(++this.#lastId);
  }

  /** Wrong solutions of one identity on one connection. */
  wrong(times: number, connection: Line, identity = VICTIM, address = HOME): void {
    this.faults(times, { kind: "share", code: "invalid_solution", address, identity, connection });
  }

  faults(times: number, fault: PeerFault): void {
    for (let n = 0; n < times; n++) this.conduct.fault(fault);
  }

  get banned(): string[] {
    return this.made.map(({ network, identity }) => `${network} ${identity}`.trim());
  }
}

Deno.test("the last fault of the threshold bans the identity at the address, and no earlier one", () => {
  const stage = new Stage();
  const line = stage.line();
  stage.wrong(49, line);
  assert.deepEqual([stage.banned, line.closedFor], [[], undefined]);
  stage.wrong(1, line);
  assert.deepEqual(stage.banned, [`${HOME} ${VICTIM}`]);
  assert.notEqual(line.closedFor, undefined);
  assert.equal(stage.conduct.isBanned(HOME, VICTIM), true);
  assert.equal(stage.conduct.isBanned(HOME, OTHER), false);
  assert.equal(stage.conduct.isBanned(HOME), false);
});

Deno.test("faults that are older than the ban's duration do not count", async () => {
  const stage = new Stage();
  for (let hour = 0; hour < 5; hour++) {
    stage.wrong(49, stage.line());
    await stage.clock.advance(3_600_000);
  }
  assert.deepEqual(stage.banned, []);
});

Deno.test("reconnecting does not begin a new count", () => {
  const stage = new Stage();
  for (let n = 0; n < 50; n++) stage.wrong(1, stage.line());
  assert.deepEqual(stage.banned, [`${HOME} ${VICTIM}`]);
});

Deno.test("nobody has another one refused elsewhere by naming them as user", () => {
  const stage = new Stage();
  stage.wrong(500, stage.line(), VICTIM, "203.0.113.66");
  assert.equal(stage.conduct.isBanned("203.0.113.66", VICTIM), true);
  assert.equal(stage.conduct.isBanned(HOME, VICTIM), false);
});

Deno.test("behind a NAT with somebody in good standing a fault closes its connection and bans nobody", () => {
  for (const name of [VICTIM, OTHER]) {
    const stage = new Stage();
    const honest = stage.line();
    stage.conduct.credited({ address: HOME, identity: VICTIM, connection: honest });
    for (let attempt = 0; attempt < 3; attempt++) {
      const attacker = stage.line();
      stage.wrong(50, attacker, name);
      assert.notEqual(attacker.closedFor, undefined);
    }
    assert.deepEqual([stage.banned, honest.closedFor], [[], undefined]);
    assert.equal(stage.conduct.isBanned(HOME, VICTIM), false);
  }
});

Deno.test("good standing lasts as long as a ban, and one's own is no excuse", async () => {
  const stage = new Stage();
  const mixed = stage.line();
  stage.conduct.credited({ address: HOME, identity: VICTIM, connection: mixed });
  stage.wrong(50, mixed);
  assert.deepEqual(stage.banned, [`${HOME} ${VICTIM}`]);
  const later = new Stage();
  later.conduct.credited({ address: HOME, identity: OTHER, connection: later.line() });
  await later.clock.advance(3_600_001);
  later.wrong(50, later.line());
  assert.deepEqual(later.banned, [`${HOME} ${VICTIM}`]);
});

Deno.test("behind a balancer that names nobody a fault closes and bans nobody", () => {
  const stage = new Stage();
  const line = stage.line();
  stage.wrong(50, line, VICTIM, BALANCER);
  stage.faults(500, { kind: "handshake", code: "text", address: BALANCER });
  assert.notEqual(line.closedFor, undefined);
  assert.deepEqual(stage.banned, []);
  stage.made.push({
    ...{ network: BALANCER, identity: "", durationSecs: 60, reason: "", actor: "operator" },
  });
  assert.equal(stage.conduct.isBanned(BALANCER), false);
});

Deno.test("faults before anybody is named ban the address, IPv6 by its first 64 bits", () => {
  const stage = new Stage();
  for (let host = 1; host <= 50; host++) {
    stage.faults(1, { kind: "handshake", code: "timeout", address: `2001:db8::${host}` });
  }
  assert.deepEqual(stage.banned, ["2001:db8:0:0::/64"]);
  assert.equal(stage.conduct.isBanned("2001:db8::abcd", VICTIM), true);
  assert.equal(stage.conduct.isBanned("2001:db8:0:1::1"), false);
});

Deno.test("a miner that only uses the wrong address, or sends text too often, is told apart", () => {
  const stage = new Stage();
  stage.faults(500, { kind: "handshake", code: "plain", address: HOME });
  assert.deepEqual(stage.banned, []);
  stage.faults(50, { kind: "handshake", code: "text", address: HOME });
  assert.deepEqual(stage.banned, [HOME]);
});

Deno.test("inventing names pushes nobody else's faults out", () => {
  const stage = new Stage();
  stage.wrong(49, stage.line(), VICTIM, "198.51.100.1");
  for (let name = 0; name < 1_000; name++) stage.wrong(1, stage.line(), `t1-${name}`, HOME);
  stage.wrong(1, stage.line(), VICTIM, "198.51.100.1");
  assert.deepEqual(stage.banned, [`198.51.100.1 ${VICTIM}`]);
});

Deno.test("an operator's ban ends what stands, within a minute", async () => {
  const stage = new Stage();
  const line = stage.line();
  const peer = { address: HOME, identity: VICTIM, connection: line };
  stage.conduct.credited(peer);
  stage.made.push({
    ...{ network: HOME, identity: VICTIM, durationSecs: 60, reason: "", actor: "operator" },
  });
  await stage.clock.advance(60_000);
  stage.conduct.credited(peer);
  assert.notEqual(line.closedFor, undefined);
});
