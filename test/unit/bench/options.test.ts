import { describe, expect, it } from 'vitest'
import { parseOptions, UsageError } from '../../bench/options.ts'

describe('parseOptions', () => {
  it('measures everything for rounds of 30 s when nothing is said', () => {
    expect(parseOptions([])).toEqual({
      shapes: ['small', 'serial', 'reconnect', 'large', 'fanout'],
      sides: ['sluice', 'postfix-tuned', 'postfix', 'haraka'],
      before: null,
      rounds: 3,
      seconds: 30,
      json: false,
      folder: '/var/tmp',
      keep: false,
    })
  })

  it('takes lists in the order given', () => {
    const options = parseOptions(['--shapes', 'large, small', '--sides', 'postfix,sluice'])
    expect(options.shapes).toEqual(['large', 'small'])
    expect(options.sides).toEqual(['postfix', 'sluice'])
  })

  it('adds another checkout as a side', () => {
    const options = parseOptions(['--sides', 'sluice', '--before', '/srv/older'])
    expect(options).toMatchObject({ sides: ['sluice', 'before'], before: '/srv/older' })
  })

  it.each([
    [['--shapes', 'tiny'], /no "tiny"; there are small, serial/],
    [['--sides', ''], /there are sluice/],
    [['--rounds', '0'], /--rounds/],
    [['--seconds', '1.5'], /--seconds/],
    [['--loud'], /--loud/],
  ])('refuses %j and says what may be written', (args, text) => {
    expect(() => parseOptions(args)).toThrow(UsageError)
    expect(() => parseOptions(args)).toThrow(text)
  })
})
