import { otherNames } from './bounded-names.ts'
import { Count, Gauge, Histogram, Info, NamedCounts, type About, type Metric } from './metric.ts'

/** Makes metrics, and keeps the list of all that it made. */
export class Declarations {
  readonly #all: Metric[] = []

  get all(): readonly Metric[] {
    return this.#all
  }

  count(about: About): Count {
    const count = new Count()
    this.#add({ about, type: 'counter', labels: [], samples: () => [[[], count.value]] })
    return count
  }

  /** One count for each value of a label. */
  counts<V extends string>(about: About, label: string, values: readonly V[]): Record<V, Count> {
    const counts = recordOf(values, () => new Count())
    this.#add({
      about,
      type: 'counter',
      labels: [{ name: label, values }],
      samples: () => values.map((value) => [[value], counts[value].value]),
    })
    return counts
  }

  /** Counts by names that turn up while the relay runs, at most `most` of them, for each value of another label. */
  namedCountsBy<V extends string>(
    about: About,
    [name, most]: readonly [label: string, most: number],
    [label, values]: readonly [label: string, values: readonly V[]],
  ): Record<V, NamedCounts> {
    const tables = recordOf(values, () => new NamedCounts(most, otherNames))
    this.#add({
      about,
      type: 'counter',
      labels: [
        { name, values: `at most ${most} names, and \`${otherNames}\`` },
        { name: label, values },
      ],
      samples: () =>
        values.flatMap((value) =>
          [...tables[value].counts].map(([each, count]) => [[each, value], count.value] as const),
        ),
    })
    return tables
  }

  histogram(about: About, bounds: readonly number[]): Histogram {
    const histogram = new Histogram(bounds)
    const samples = () => [[[], histogram.values] as const]
    this.#add({ about, type: 'histogram', labels: [], buckets: bounds, samples })
    return histogram
  }

  gauge(about: About): Gauge {
    const gauge = new Gauge()
    this.#add({ about, type: 'gauge', labels: [], samples: () => gauge.samples() })
    return gauge
  }

  /** A gauge with a value for each value of a label. */
  gaugeBy<V extends string>(about: About, label: string, values: readonly V[] | string): Gauge<V> {
    const gauge = new Gauge<V>()
    const labels = [{ name: label, values }]
    this.#add({ about, type: 'gauge', labels, samples: () => gauge.samples() })
    return gauge
  }

  /** A gauge that is always 1, for the values of its labels. */
  info(about: About, names: readonly string[]): Info {
    const info = new Info()
    const labels = names.map((name) => ({ name, values: 'one value' }))
    this.#add({ about, type: 'gauge', labels, samples: () => info.samples })
    return info
  }

  /** What only grows and is counted by somebody else, such as the system. */
  counterBy<V extends string>(about: About, label: string, values: readonly V[]): Gauge<V> {
    const counter = new Gauge<V>()
    const labels = [{ name: label, values }]
    this.#add({ about, type: 'counter', labels, samples: () => counter.samples() })
    return counter
  }

  #add(metric: Omit<Metric, 'buckets'> & Partial<Pick<Metric, 'buckets'>>): void {
    this.#all.push({ buckets: null, ...metric })
  }
}

const recordOf = <V extends string, T>(values: readonly V[], make: () => T): Record<V, T> =>
  Object.fromEntries(values.map((value) => [value, make()])) as Record<V, T>
