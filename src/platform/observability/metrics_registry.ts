import {
  Counter as PromCounter,
  Gauge as PromGauge,
  Histogram as PromHistogram,
  Registry,
} from "prom-client";
import {
  assert,
  type Counter,
  type CounterBy,
  type Gauge,
  type Histogram,
} from "../../base/mod.ts";

/** Series that one instrument may have: labels are words of ours, never a miner's or a peer's. */
const LABEL_VALUES_MAX = 50;

/**
 * Makes the instruments that rooms declare, and shows them in Prometheus' text format.
 *
 * Names are fixed here so that `promtool check metrics` has nothing to say: the prefix `pool_` or
 * `jd_` (or `process_` for what every exporter calls so), `_total` at the end of counters and only
 * there, a unit at the end of histograms.
 */
export class MetricsRegistry {
  readonly #registry = new Registry();

  /** What goes into the header Content-Type. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  counter(name: string, help: string): Counter {
    const counter = this.#counter(name, help, []);
    return { increment: (by = 1) => counter.inc(by) };
  }

  /** One series for each of the values, all of them there from the start. */
  counterBy<Label extends string>(
    name: string,
    help: string,
    label: string,
    values: readonly Label[],
  ): CounterBy<Label> {
    assert(values.length <= LABEL_VALUES_MAX, `${name} has too many label values`);
    const counter = this.#counter(name, help, [label]);
    for (const value of values) counter.labels(value).inc(0);
    return { increment: (value, by = 1) => counter.labels(value).inc(by) };
  }

  gauge(name: string, help: string): Gauge {
    checkGaugeName(name);
    const gauge = new PromGauge({ name, help, registers: [this.#registry] });
    return { set: (value) => gauge.set(value) };
  }

  /** One gauge for each of the values, all of them there from the start. */
  gaugesBy<Label extends string>(
    name: string,
    help: string,
    label: string,
    values: readonly Label[],
  ): Readonly<Record<Label, Gauge>> {
    checkGaugeName(name);
    assert(values.length <= LABEL_VALUES_MAX, `${name} has too many label values`);
    const registers = [this.#registry];
    const gauge = new PromGauge({ name, help, labelNames: [label], registers });
    for (const value of values) gauge.labels(value).set(0);
    // The keys are the values, which is what the type says.
    return Object.fromEntries(
      values.map((value) => [value, { set: (figure: number) => gauge.labels(value).set(figure) }]),
    ) as Record<Label, Gauge>;
  }

  /** A gauge that is asked for its value when it is looked at; an exception keeps the last one. */
  gaugeOf(name: string, help: string, read: () => number): void {
    checkGaugeName(name);
    new PromGauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        setIfReadable(this, read);
      },
    });
  }

  /** One gauge for each of the values; all are asked for their values when they are looked at. */
  gaugesOf<Label extends string>(
    name: string,
    help: string,
    label: string,
    values: readonly Label[],
    read: (value: Label) => number,
  ): void {
    checkGaugeName(name);
    assert(values.length <= LABEL_VALUES_MAX, `${name} has too many label values`);
    new PromGauge({
      name,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        for (const value of values) {
          const figure = readOrUndefined(() => read(value));
          if (figure !== undefined) this.labels(value).set(figure);
        }
      },
    });
  }

  /** A counter that something else counts. */
  counterOf(name: string, help: string, read: () => number): void {
    const counter = this.#counter(name, help, [], function () {
      const value = readOrUndefined(read);
      if (value === undefined) return;
      counter.reset();
      counter.inc(value);
    });
  }

  /** @param buckets upper bounds, ascending. */
  histogram(name: string, help: string, buckets: readonly number[]): Histogram {
    checkName(name, /_(seconds|bytes|ratio)$/);
    const registers = [this.#registry];
    const histogram = new PromHistogram({ name, help, buckets: [...buckets], registers });
    return { observe: (value) => histogram.observe(value) };
  }

  /** All instruments in Prometheus' text format 0.0.4. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #counter(name: string, help: string, labelNames: string[], collect?: () => void): PromCounter {
    checkName(name, /_total$/);
    const registers = [this.#registry];
    return new PromCounter({ name, help, labelNames, registers, ...(collect && { collect }) });
  }
}

function setIfReadable(gauge: PromGauge, read: () => number): void {
  const value = readOrUndefined(read);
  if (value !== undefined) gauge.set(value);
}

function readOrUndefined(read: () => number): number | undefined {
  try {
    return read();
  } catch {
    // One instrument that cannot be read must not take all others from the operator's sight.
    return undefined;
  }
}

function checkGaugeName(name: string): void {
  checkName(name, /(?<!_total)$/);
}

function checkName(name: string, ending: RegExp): void {
  assert(
    /^(pool|jd|process)_[a-z][a-z0-9_]*$/.test(name) && ending.test(name),
    `${name} is no good name for this kind of instrument`,
  );
}
