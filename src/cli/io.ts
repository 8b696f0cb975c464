/** Input and output of a verb: the process's streams, or those of a test. */
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

/** A verb; its file exports it as `run`. Returns the exit status (sysexits.h). */
export type Verb = (args: string[], io: Io) => Promise<number>

/** What is loaded of a verb: the verb and its usage. */
export interface LoadedVerb {
  run: Verb
  usage: string
}
