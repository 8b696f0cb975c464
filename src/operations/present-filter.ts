import { fieldOf, filterKeys, type Filter, type FilterText } from '../words/filter.ts'

/** A filter in the words that it is asked for with; `id` where it means one message. Moments as RFC 3339 times. */
export function presentFilter(filter: Filter): FilterText & { id?: string } {
  const { id, status } = filter
  const texts: FilterText = {}
  for (const key of filterKeys) {
    const value = filter[key]
    const field = fieldOf(key)
    if (value !== undefined) texts[field.name] = field.show(value)
  }
  return { ...texts, ...(status && { status: [...status] }), ...(id !== undefined && { id }) }
}
