import { BoundedMap } from '../../collections/bounded-map.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

/** Texts, and numbers, that are remembered at least; and at most as many again. */
const leastKept = 10_000

/** Counts of the whole relay stand where a submitter's number would: names begin at 1. */
export const wholeRelay = 0

/** The dictionary of texts that repeat, as readers see it. A number means one text for good: it is never given again. */
export class Names {
  protected readonly connection: SqliteConnection
  readonly #texts: BoundedMap<number, string>
  /** Numbers of texts. Those of a reader may be out of date: a text can be swept and come again with another. */
  protected readonly numbers: BoundedMap<string, number>

  constructor(connection: SqliteConnection, kept = leastKept) {
    this.connection = connection
    this.#texts = new BoundedMap(kept)
    this.numbers = new BoundedMap(kept)
  }

  /**
   * The number of a text, undefined where there is none: then no row can have it. Asked each time: a text that was swept
   * and comes again has another number.
   */
  find(text: string): number | undefined {
    const id = this.connection.sql('SELECT id FROM name WHERE text = ?').get(text)?.['id']
    if (typeof id !== 'number') return undefined
    this.#texts.set(id, text)
    return id
  }

  /** What is found by the number of a text; `find` is empty-handed where there is nothing, as where the text has another number now. */
  findBy<T>(text: string, find: (id: number) => T | null): T | null {
    const remembered = this.numbers.use(text)
    const found = remembered === undefined ? null : find(remembered)
    if (found !== null) return found
    const id = this.find(text)
    if (id === undefined || id === remembered) return null
    this.numbers.set(text, id)
    return find(id)
  }

  textOf(id: number): string {
    const known = this.#texts.use(id)
    if (known !== undefined) return known
    const text = this.connection.sql('SELECT text FROM name WHERE id = ?').get(id)?.['text']
    // A row that is swept while it is shown.
    if (typeof text !== 'string') return ''
    this.#texts.set(id, text)
    return text
  }

  /** After a rollback: what was made in it is not there any more. */
  forget(): void {
    this.#texts.clear()
    this.numbers.clear()
  }
}

/** The dictionary as the one process that writes has it: it alone knows when a number ends. */
export class OwnNames extends Names {
  override find(text: string): number | undefined {
    return this.numbers.use(text) ?? this.#lookUp(text)
  }

  /** The number of a text, made where there is none. */
  idOf(text: string): number {
    return this.numbers.use(text) ?? this.#lookUp(text) ?? this.#make(text)
  }

  /** Nothing has this text any more. */
  drop(text: string): void {
    this.connection.sql('DELETE FROM name WHERE text = ?').run(text)
    this.numbers.delete(text)
  }

  #lookUp(text: string): number | undefined {
    const found = super.find(text)
    if (found !== undefined) this.numbers.set(text, found)
    return found
  }

  #make(text: string): number {
    const { lastInsertRowid } = this.connection.sql('INSERT INTO name (text) VALUES (?)').run(text)
    const id = Number(lastInsertRowid)
    this.numbers.set(text, id)
    return id
  }
}
