/**
 * Counters and histograms are plain numbers: an increment costs nanoseconds, one of prom-client with a label half a
 * microsecond, and its module 20 MB in a process that serves no HTTP.
 */

/** The processes that report. */
export type Reporter = 'smtp' | 'delivery' | 'store' | 'api' | 'supervisor'

/** What is said once about a metric. */
export interface About {
  /** As Prometheus names them: `sluice_`, the base unit, `_total` for counters. */
  readonly name: string
  readonly help: string
  /** The processes that report it. `each`: all of them, each its own value under a label `process`. */
  readonly by: readonly Reporter[] | 'each'
}

type MetricType = 'counter' | 'gauge' | 'histogram'

/** One number with the values of its labels, in their order. Of a histogram: the count of each bucket, then the sum. */
export type Sample = readonly [labels: readonly string[], value: number | readonly number[]]

/** A declared metric, as reports, texts and docs see it. */
export interface Metric {
  readonly about: About
  readonly type: MetricType
  readonly labels: readonly Label[]
  /** Upper bounds, in ascending order; null for what is no histogram. */
  readonly buckets: readonly number[] | null
  samples(): readonly Sample[] | Promise<readonly Sample[]>
}

export interface Label {
  readonly name: string
  /** All values that there are; as text where they are only bounded in number. */
  readonly values: readonly string[] | string
}

/** A count that only grows, until its process ends. */
export class Count {
  value = 0

  inc(by = 1): void {
    this.value += by
  }
}

/** Durations or sizes, counted by bucket. */
export class Histogram {
  readonly #bounds: readonly number[]
  /** One for each bound, and one for all that is larger. */
  readonly #counts: number[]
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = [...bounds, Infinity].map(() => 0)
  }

  observe(value: number): void {
    // The monotonic clock can't run backwards, but the relay's time can be put back
    const amount = value > 0 ? value : 0
    const bounds = this.#bounds
    let at = 0
    while (at < bounds.length && amount > (bounds[at] ?? 0)) at++
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#sum += amount
  }

  /** The counts of the buckets, then the sum. */
  get values(): readonly number[] {
    return [...this.#counts, this.#sum]
  }
}

/** The values of a gauge: a number where it has no label, else one for each value of its label. */
type Readings<V extends string> = number | null | Readonly<Partial<Record<V, number>>>

/** A number that goes up and down, looked up when somebody asks. */
export class Gauge<V extends string = never> {
  #look: (() => Readings<V> | Promise<Readings<V>>) | null = null

  /** From now on `look` says the value; null: there is none now. Returns what ends that. */
  read(look: () => Readings<V> | Promise<Readings<V>>): () => void {
    this.#look = look
    return () => {
      if (this.#look === look) this.#look = null
    }
  }

  /** A value that can't be looked up is left out: no other number may suffer for it. */
  async samples(): Promise<readonly Sample[]> {
    try {
      const readings = (await this.#look?.()) ?? null
      if (readings === null) return []
      if (typeof readings === 'number') return [[[], readings]]
      return Object.entries<number | undefined>(readings).flatMap(([value, reading]): Sample[] =>
        reading === undefined ? [] : [[[value], reading]],
      )
    } catch {
      return []
    }
  }
}

/** Counts by a name that is not known beforehand. Beyond `most` names, all others are counted together. */
export class NamedCounts {
  readonly #most: number
  readonly #others: string
  readonly #byName = new Map<string, Count>()

  constructor(most: number, others: string) {
    this.#most = most
    this.#others = others
  }

  of(name: string): Count {
    const known = this.#byName.get(name)
    if (known) return known
    if (this.#byName.size >= this.#most && name !== this.#others) return this.of(this.#others)
    const count = new Count()
    this.#byName.set(name, count)
    return count
  }

  get counts(): Iterable<readonly [name: string, count: Count]> {
    return this.#byName
  }
}

/** Facts that stay, such as a version: the values of the labels, and 1 as the number. */
export class Info {
  #values: readonly string[] | null = null

  set(...values: readonly string[]): void {
    this.#values = values
  }

  get samples(): readonly Sample[] {
    return this.#values === null ? [] : [[this.#values, 1]]
  }
}
