import { describe, expect, it } from 'vitest'
import {
  atMost,
  below,
  describeFigures,
  figureJson,
  isMet,
  seen,
} from '../../../bench/world/figure.ts'

describe('isMet', () => {
  it.each([
    [below('a', 59.9, 's', 60), true],
    [below('a', 60, 's', 60), false],
    [atMost('a', 1.5, '', 1.5), true],
    [atMost('a', 1.51, '', 1.5), false],
    [atMost('a', Infinity, '', 1.5), false],
    [seen('a', 1e9), true],
  ])('compares %j with its bound', (figure, met) => {
    expect(isMet(figure)).toBe(met)
  })

  it('is missed by what could not be measured', () => {
    expect(isMet(below('a', null, 's', 60))).toBe(false)
    expect(isMet(atMost('a', NaN, '', 0))).toBe(false)
  })

  it('is missed by a value that is only known to be larger, even than one within the bound', () => {
    expect(isMet(below('a', 1, 's', 2, { more: true }))).toBe(false)
  })
})

describe('describeFigures', () => {
  it('puts bound and verdict beside each figure, and none where there is none', () => {
    const text = describeFigures([
      below('all deferred', 240, 's', 60, { more: true }),
      atMost('epochs lost', 0, '', 0),
      atMost('most / least', Infinity, '', 1.5),
      seen('deferred at the end', 16_432),
      below('Redis', null, 'MB', 64),
    ])
    expect(text.split('\n')).toEqual([
      'figure               measured      bound',
      'all deferred         > 240 s       < 60 s   MISSED',
      'epochs lost          0             ≤ 0      met',
      'most / least         ∞             ≤ 1.5    MISSED',
      'deferred at the end  16,432',
      'Redis                not measured  < 64 MB  MISSED',
    ])
  })
})

describe('figureJson', () => {
  it('is a line that a machine can read, with null for what is no number', () => {
    expect(figureJson(atMost('ratio', Infinity, '', 1.5))).toEqual({
      what: 'ratio',
      value: null,
      unit: '',
      bound: { relation: '≤', limit: 1.5 },
      met: false,
    })
    expect(figureJson(seen('took', 1.23456, 's', { more: true }))).toEqual({
      what: 'took',
      value: 1.23,
      unit: 's',
      more: true,
      bound: null,
      met: true,
    })
  })
})
