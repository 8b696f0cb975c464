import type { Connection } from './database.ts'

const remembered = 20_000

/** The dictionary of texts that repeat, as readers see it. A number means one text for good: it is never given again. */
export class Names {
  protected readonly connection: Connection
  #texts = new Map<number, string>()

  constructor(connection: Connection) {
    this.connection = connection
  }

  /**
   * The number of a text, undefined where there is none: then no row can have it. Asked each time: a text that was swept
   * and comes again has another number.
   */
  find(text: string): number | undefined {
    const id = this.connection.sql('SELECT id FROM name WHERE text = ?').get(text)?.['id']
    if (typeof id !== 'number') return undefined
    this.#know(id, text)
    return id
  }

  textOf(id: number): string {
    const known = this.#texts.get(id)
    if (known !== undefined) return known
    const text = this.connection.sql('SELECT text FROM name WHERE id = ?').get(id)?.['text']
    // A row that is swept while it is shown.
    if (typeof text !== 'string') return ''
    this.#know(id, text)
    return text
  }

  /** After a rollback: what was made in it is not there any more. */
  forget(): void {
    this.#texts.clear()
  }

  #know(id: number, text: string): void {
    if (this.#texts.size >= remembered) this.#texts.clear()
    this.#texts.set(id, text)
  }
}

/** The dictionary as the one process that writes has it: it alone knows when a number ends. */
export class OwnNames extends Names {
  readonly #ids = new Map<string, number>()

  override find(text: string): number | undefined {
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    const found = super.find(text)
    return found === undefined ? undefined : this.#remember(text, found)
  }

  /** The number of a text, made where there is none. */
  idOf(text: string): number {
    const found = this.find(text)
    if (found !== undefined) return found
    const { lastInsertRowid } = this.connection.sql('INSERT INTO name (text) VALUES (?)').run(text)
    return this.#remember(text, Number(lastInsertRowid))
  }

  /** Nothing has this text any more. */
  drop(text: string): void {
    this.connection.sql('DELETE FROM name WHERE text = ?').run(text)
    this.#ids.delete(text)
  }

  override forget(): void {
    super.forget()
    this.#ids.clear()
  }

  #remember(text: string, id: number): number {
    if (this.#ids.size >= remembered) this.#ids.clear()
    this.#ids.set(text, id)
    return id
  }
}
