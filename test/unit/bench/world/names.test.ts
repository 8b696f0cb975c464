import { describe, expect, it } from 'vitest'
import type { Question } from '../../../kit/dns-message.ts'
import { answerFrom, loopbackAddress, numberIn, type Zone } from '../../../bench/world/names.ts'

const ask = (zone: Zone, name: string, type: Question['type']) =>
  answerFrom(zone, { id: 1, name, type, section: Buffer.alloc(0) })

describe('answerFrom', () => {
  const answers: Partial<Record<string, ReturnType<Zone>>> = {
    'dead.example': 'servfail',
    'silent.example': 'silence',
    'd7.example': { address: '127.1.1.8' },
  }
  const zone: Zone = (domain) => answers[domain] ?? null

  it('gives each domain one MX host of its own, and that host the address of the rule', () => {
    const mx = ask(zone, 'd7.example', 'MX')
    expect(mx?.code).toBe(0)
    expect(mx?.records.map(({ type, data }) => [type, data.toString('latin1')])).toEqual([
      ['MX', '\0\n\x02mx\x02d7\x07example\0'],
    ])
    const a = ask(zone, 'mx.d7.example', 'A')
    expect(a?.records.map(({ type, data }) => [type, [...data]])).toEqual([['A', [127, 1, 1, 8]]])
  })

  it('has no records of another type', () => {
    expect(ask(zone, 'd7.example', 'A')).toMatchObject({ code: 0, records: [] })
    expect(ask(zone, 'mx.d7.example', 'AAAA')).toMatchObject({ code: 0, records: [] })
  })

  it('fails, denies or says nothing, as the rule says', () => {
    expect(ask(zone, 'dead.example', 'MX')?.code).toBe(2)
    expect(ask(zone, 'other.example', 'MX')?.code).toBe(3)
    expect(ask(zone, 'silent.example', 'MX')).toBe(null)
  })
})

describe('loopbackAddress', () => {
  it('stays within 127.0.0.0/8 and never ends in 0 or 255', () => {
    expect(loopbackAddress(2, 0)).toBe('127.2.1.1')
    expect(loopbackAddress(2, 249)).toBe('127.2.1.250')
    expect(loopbackAddress(2, 250)).toBe('127.2.2.1')
    expect(loopbackAddress(2, 999)).toBe('127.2.4.250')
  })
})

describe('numberIn', () => {
  it('reads the number of a domain', () => {
    expect(numberIn('d17.many.example')).toBe(17)
    expect(numberIn('works.example')).toBe(NaN)
  })
})
