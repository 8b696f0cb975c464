import { fieldOf, filterKeys, type Filter, type FilterText } from '../words/filter.ts'

/** A filter in the names of the API; with `id` where it is for one message. Times in RFC 3339. */
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
