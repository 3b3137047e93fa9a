/** Counting as an argument: what programs count is handed to one of these, and `/metrics` reads it. */
export interface Series {
  /** Adds to a counter or gauge. */
  add(amount: number): void;
  /** Sets a gauge. */
  set(value: number): void;
  /** Adds a value to a histogram. */
  observe(value: number): void;
}

export interface Metric {
  /** The series of these label values, in the order of the metric's label names. Keep it where it is used often. */
  of(...labelValues: readonly string[]): Series;
}

export interface MetricDefinition {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

export interface Metrics {
  counter(definition: MetricDefinition): Metric;
  gauge(definition: MetricDefinition): Metric;
  /** @param buckets upper bounds, growing; the last, infinity, is added */
  histogram(definition: MetricDefinition, buckets: readonly number[]): Metric;
  /** Runs before the values are read, for gauges that are worked out then. */
  beforeRead(run: () => void): void;
}

type MetricType = 'counter' | 'gauge' | 'histogram';

interface Sample {
  readonly labels: readonly string[];
  value: number;
  /** Histograms only: how many values were at or below each bound, and how many in all. */
  readonly counts: number[];
  count: number;
}

class Family implements Metric {
  readonly type: MetricType;
  readonly definition: MetricDefinition;
  readonly buckets: readonly number[];
  readonly samples = new Map<string, Sample & Series>();

  constructor(type: MetricType, definition: MetricDefinition, buckets: readonly number[]) {
    this.type = type;
    this.definition = definition;
    this.buckets = buckets;
  }

  of(...labels: readonly string[]): Series {
    const expected = this.definition.labels?.length ?? 0;
    if (labels.length !== expected) {
      throw new RangeError(`${this.definition.name} has ${expected} labels, not ${labels.length}`);
    }
    const key = labels.join('\u0000');
    let sample = this.samples.get(key);
    if (sample === undefined) {
      sample = newSample(labels, this.buckets);
      this.samples.set(key, sample);
    }
    return sample;
  }
}

function newSample(labels: readonly string[], buckets: readonly number[]): Sample & Series {
  const counts = buckets.map(() => 0);
  return {
    labels,
    value: 0,
    counts,
    count: 0,
    add(amount) {
      this.value += amount;
    },
    set(value) {
      this.value = value;
    },
    observe(value) {
      this.value += value;
      this.count++;
      for (let i = buckets.length - 1; i >= 0 && value <= buckets[i]!; i--) counts[i]!++;
    },
  };
}

/** Metrics in memory, and their text in Prometheus' exposition format. */
export class MetricRegistry implements Metrics {
  readonly #families = new Map<string, Family>();
  readonly #beforeRead: (() => void)[] = [];

  counter(definition: MetricDefinition): Metric {
    return this.#family('counter', definition, []);
  }

  gauge(definition: MetricDefinition): Metric {
    return this.#family('gauge', definition, []);
  }

  histogram(definition: MetricDefinition, buckets: readonly number[]): Metric {
    return this.#family('histogram', definition, buckets);
  }

  beforeRead(run: () => void): void {
    this.#beforeRead.push(run);
  }

  /** The value of a counter or gauge, the sum of a histogram; 0 for a series that nobody has touched. */
  value(name: string, ...labelValues: readonly string[]): number {
    for (const run of this.#beforeRead) run();
    return this.#families.get(name)?.samples.get(labelValues.join('\u0000'))?.value ?? 0;
  }

  /** https://prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4. */
  exposition(): string {
    for (const run of this.#beforeRead) run();
    const lines: string[] = [];
    for (const { type, definition, buckets, samples } of this.#families.values()) {
      const { name, help, labels: names = [] } = definition;
      lines.push(`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${name} ${type}`);
      for (const sample of samples.values()) {
        const labels = names.map((label, i) => `${label}="${escaped(sample.labels[i]!)}"`);
        if (type !== 'histogram') {
          lines.push(`${name}${braced(labels)} ${sample.value}`);
          continue;
        }
        for (const [i, bound] of buckets.entries()) {
          lines.push(`${name}_bucket${braced([...labels, `le="${bound}"`])} ${sample.counts[i]}`);
        }
        lines.push(`${name}_bucket${braced([...labels, 'le="+Inf"'])} ${sample.count}`);
        lines.push(`${name}_sum${braced(labels)} ${sample.value}`, `${name}_count${braced(labels)} ${sample.count}`);
      }
    }
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
  }

  /** The same name again is the same metric, so that each part of a program may ask for it. */
  #family(type: MetricType, definition: MetricDefinition, buckets: readonly number[]): Family {
    const present = this.#families.get(definition.name);
    if (present !== undefined) {
      if (present.type !== type) throw new RangeError(`${definition.name} is a ${present.type}, not a ${type}`);
      return present;
    }
    const family = new Family(type, definition, buckets);
    this.#families.set(definition.name, family);
    return family;
  }
}

const braced = (labels: readonly string[]) => (labels.length === 0 ? '' : `{${labels.join(',')}}`);
const escaped = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
