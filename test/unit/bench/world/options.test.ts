import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../bench/options.ts'
import { parseWorldOptions } from '../../../bench/world/options.ts'
import { scenarioNames } from '../../../bench/world/scenario.ts'

describe('parseWorldOptions', () => {
  it('runs every scenario at its full size when nothing is said', () => {
    expect(parseWorldOptions([])).toEqual({
      only: [...scenarioNames],
      json: false,
      folder: '/var/tmp',
      keep: false,
      share: 1,
    })
  })

  it('takes names of scenarios', () => {
    expect(parseWorldOptions(['--only', 'million, dead-dns']).only).toEqual(['million', 'dead-dns'])
  })

  it.each([
    [['--only', 'nothing'], /unknown scenario "nothing"; use dead-dns/],
    [['--share', '0'], /--share/],
    [['--share', '2'], /--share/],
    [['--share', 'much'], /--share/],
    [['--loud'], /--loud/],
  ])('refuses %j and says what may be written', (args, text) => {
    expect(() => parseWorldOptions(args)).toThrow(UsageError)
    expect(() => parseWorldOptions(args)).toThrow(text)
  })
})
