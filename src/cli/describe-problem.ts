import { flagOf } from './filter-flags.ts'

interface ProblemError {
  pointer: string
  detail: string
}

/** A problem answer of the API in the words of the command line; null: the body is not a problem document. */
export function describeProblem(body: Buffer): string | null {
  try {
    const { detail, errors = [] } = JSON.parse(body.toString()) as {
      detail?: string
      errors?: ProblemError[]
    }
    if (errors.length === 0) return detail ?? null
    const byField = Map.groupBy(errors, ({ pointer }) => fieldOf(pointer))
    return [...byField].map(([field, found]) => `${nameOf(field)} ${mostTelling(found)}`).join('; ')
  } catch {
    return null
  }
}

/** `#/filter/status/0` and `#/status` are both about `status`; `#` is about the whole. */
const fieldOf = (pointer: string): string =>
  pointer.split('/').findLast((part) => part !== '#' && !/^\d+$/.test(part)) ?? ''

const nameOf = (field: string): string =>
  field === '' || field === 'filter' ? 'the request' : flagOf(field)

/** For a value with several allowed forms the API gives an error for each; returns the most useful of them. */
function mostTelling(errors: readonly ProblemError[]): string {
  const details = errors.map(({ detail }) => detail)
  return (
    details.find((detail) => detail.startsWith('must be one of')) ??
    details.find((detail) => !/^must be (string|array|object)$/.test(detail)) ??
    details[0] ??
    'is not right'
  )
}
