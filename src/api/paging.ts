import { Type } from 'typebox'
import type { Page } from '../operations/list-messages.ts'
import { Problem } from '../http/problem.ts'

export const defaultPageSize = 25
const largestPageSize = 100

/** The parameter for the maximum of items per page. */
export const limitParameter = (largest: number, usual: number) => ({
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: largest,
      description: `Maximum per page; default ${usual}.`,
    }),
  ),
})

const cursorParameter = {
  cursor: Type.Optional(
    Type.String({ maxLength: 100, description: '`next_cursor` of the previous page.' }),
  ),
}

/** The parameters of most lists. */
export const pageParameters = {
  ...cursorParameter,
  ...limitParameter(largestPageSize, defaultPageSize),
}

/** Returns the page; throws the problem that the cursor is not one of this list. */
export function pageOrProblem<P extends Page<unknown>>(page: P | undefined): P {
  if (page) return page
  throw new Problem(
    'malformed-cursor',
    'Use the next_cursor of a page of this list, or leave the cursor out.',
  )
}
