import type { Connection } from './database.ts'

const remembered = 20_000

/** The dictionary of texts that repeat: a number for each, the same for good. */
export class Names {
  readonly #connection: Connection
  #ids = new Map<string, number>()
  #texts = new Map<number, string>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** The number of a text, undefined where there is none: then no row can have it. */
  find(text: string): number | undefined {
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    const row = this.#connection.sql('SELECT id FROM name WHERE text = ?').get(text)
    return row ? this.#remember(text, Number(row['id'])) : undefined
  }

  /** The number of a text, made where there is none. */
  idOf(text: string): number {
    const found = this.find(text)
    if (found !== undefined) return found
    const { lastInsertRowid } = this.#connection.sql('INSERT INTO name (text) VALUES (?)').run(text)
    return this.#remember(text, Number(lastInsertRowid))
  }

  textOf(id: number): string {
    const known = this.#texts.get(id)
    if (known !== undefined) return known
    const text = String(
      this.#connection.sql('SELECT text FROM name WHERE id = ?').get(id)?.['text'],
    )
    this.#remember(text, id)
    return text
  }

  /** After a rollback: what was made in it is not there any more. */
  forget(): void {
    this.#ids = new Map()
    this.#texts = new Map()
  }

  #remember(text: string, id: number): number {
    if (this.#ids.size >= remembered) this.forget()
    this.#ids.set(text, id)
    this.#texts.set(id, text)
    return id
  }
}
