/** For entries that come and go by the million; README.md says why a Map or Set is not enough. */

/** A table is given up after as many deletions as it has values, and so many more. */
const deletionsBeside = 100

/** A Map for what comes and goes. What is added or removed while it is gone over may be missed. */
export class FreshMap<K, V> implements ReadonlyMap<K, V> {
  #table = new Map<K, V>()
  #deletions = 0

  get size(): number {
    return this.#table.size
  }

  get(key: K): V | undefined {
    return this.#table.get(key)
  }

  has(key: K): boolean {
    return this.#table.has(key)
  }

  set(key: K, value: V): void {
    this.#table.set(key, value)
  }

  delete(key: K): boolean {
    if (!this.#table.delete(key)) return false
    if (++this.#deletions > this.#table.size + deletionsBeside) this.#begin(new Map(this.#table))
    return true
  }

  clear(): void {
    this.#begin(new Map())
  }

  keys(): MapIterator<K> {
    return this.#table.keys()
  }

  values(): MapIterator<V> {
    return this.#table.values()
  }

  entries(): MapIterator<[K, V]> {
    return this.#table.entries()
  }

  forEach(each: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.#table) each(value, key, this)
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries()
  }

  #begin(table: Map<K, V>): void {
    this.#table = table
    this.#deletions = 0
  }
}

/** A Set for what comes and goes. What is added or removed while it is gone over may be missed. */
export class FreshSet<T> implements ReadonlySet<T> {
  readonly #table = new FreshMap<T, T>()

  get size(): number {
    return this.#table.size
  }

  has(value: T): boolean {
    return this.#table.has(value)
  }

  add(value: T): void {
    this.#table.set(value, value)
  }

  delete(value: T): boolean {
    return this.#table.delete(value)
  }

  clear(): void {
    this.#table.clear()
  }

  keys(): SetIterator<T> {
    return this.#table.keys()
  }

  values(): SetIterator<T> {
    return this.#table.keys()
  }

  entries(): SetIterator<[T, T]> {
    return this.#table.entries()
  }

  forEach(each: (value: T, same: T, set: ReadonlySet<T>) => void): void {
    for (const value of this) each(value, value, this)
  }

  [Symbol.iterator](): SetIterator<T> {
    return this.#table.keys()
  }
}
