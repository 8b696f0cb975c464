import { describe, expect, it } from 'vitest'
import { filterCases } from '../../../bench/scale/filter-cases.ts'
import { accountOf, populationOver, tagOf } from '../../../bench/scale/population.ts'

const population = populationOver(2000)
const { addressOf, destinationOf } = population
const fields = 'status destination to from account message_id tag older_than newer_than'.split(' ')

describe('filterCases', () => {
  const asked = filterCases(500, 1050, population).map(({ query }) => Object.keys(query))

  it('asks for every pair of filter fields', () => {
    for (const [index, first] of fields.entries()) {
      for (const second of fields.slice(index + 1)) {
        expect(asked.some((keys) => keys.includes(first) && keys.includes(second))).toBe(true)
      }
    }
  })

  it('asks also for two common things that never meet', () => {
    const cases = filterCases(500, 1050, population)
    const apart = cases.find(
      ({ query }) => query['account'] !== undefined && query['tag'] === tagOf(501),
    )
    expect(apart?.query['account']).toBe(accountOf(500))
    expect(accountOf(500)).not.toBe(accountOf(501))
  })
})

describe('the population', () => {
  it('gives a third of all mail to ten destinations', () => {
    const numbers = Array.from({ length: 30_000 }, (_, number) => number)
    const top = new Set(Array.from({ length: 10 }, (_, spot) => `dest-${String(spot)}.example`))
    const share = numbers.filter((number) => top.has(destinationOf(number))).length / numbers.length
    expect(share).toBeGreaterThan(0.32)
    expect(share).toBeLessThan(0.36)
    expect(new Set(numbers.map(destinationOf)).size).toBeGreaterThan(1300)
    expect(addressOf(7)).toBe(`reader-7@${destinationOf(7)}`)
  })
})
