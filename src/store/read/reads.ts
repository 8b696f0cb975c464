/**
 * The reads of the port as this room answers them: each at one moment, in one turn of the loop. Each file has those of its
 * subject as entries; open-reader.ts puts them together, and a promise around each.
 */
import type { StoreReader } from '../protocol/reader.ts'
import type { SearchContext } from './search.ts'

/** What every read has at hand. */
export type ReadContext = Pick<SearchContext, 'connection' | 'names'>

/** What is answered in pieces, or is no question, has no entry. */
export type Answered = Omit<StoreReader, 'principal' | 'as' | 'pieces' | 'close'>

export type Reads = {
  readonly [Name in keyof Answered]: (
    context: ReadContext,
    ...asked: Parameters<Answered[Name]>
  ) => Awaited<ReturnType<Answered[Name]>>
}
