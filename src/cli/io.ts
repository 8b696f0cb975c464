/** What a verb reads and writes; the terminal's own streams, or a test's. */
export interface Io {
  readonly in: AsyncIterable<Buffer | string> & { readonly isTTY?: boolean }
  readonly out: Output
  readonly err: Output
}

export interface Output {
  write(text: string | Uint8Array): unknown
  /** Colours and questions only where this is true. */
  readonly isTTY?: boolean
  readonly columns?: number
}

/** A verb's own file exports `run`; what it returns is the exit status (sysexits.h). */
export type Verb = (args: string[], io: Io) => Promise<number>
