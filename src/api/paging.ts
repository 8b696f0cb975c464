import { Type } from 'typebox'
import type { Page, Paged } from '../operations/list-messages.ts'
import { Problem } from '../http/problem.ts'

export const defaultPageSize = 25
const largestPageSize = 100

/** How many items a page may have. */
export const limitParameter = (largest: number, usual: number) => ({
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: largest,
      description: `At most so many; ${usual} when not said.`,
    }),
  ),
})

const cursorParameter = {
  cursor: Type.Optional(
    Type.String({ maxLength: 100, description: '`next_cursor` of the page before.' }),
  ),
}

/** A page of a list, as most of them are asked for. */
export const pageParameters = {
  ...cursorParameter,
  ...limitParameter(largestPageSize, defaultPageSize),
}

/** The page, or the problem that its cursor is none of this list's. */
export function pageOrProblem<T>(page: Paged<T>): Page<T> {
  if (page) return page
  throw new Problem('malformed-cursor', 'Use a cursor as this list gave it, or none.')
}
