import { describe } from 'vitest'
import { contentConformance } from './content.ts'
import { dueConformance } from './due.ts'
import type { MakeEngine } from './engine.ts'
import { pagingConformance } from './paging.ts'
import { recordsConformance } from './records.ts'
import { searchConformance } from './search.ts'

/**
 * What the reader's port guarantees, whatever engine is behind it. Each test gets a store of its own from `make`; it knows
 * the engine only by its ports.
 */
export function readerConformance(name: string, make: MakeEngine): void {
  describe(`the reader's port on ${name}`, () => {
    searchConformance(make)
    pagingConformance(make)
    dueConformance(make)
    contentConformance(make)
    recordsConformance(make)
  })
}
