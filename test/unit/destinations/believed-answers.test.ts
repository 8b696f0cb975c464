import { describe, expect, test } from 'vitest'
import { BelievedAnswers } from '../../../src/destinations/believed-answers.ts'
import type { ExchangesAnswer, MxHosts } from '../../../src/destinations/find-exchanges.ts'
import { undeliverable } from '../../../src/destinations/undeliverable.ts'
import { minute, second } from '../../../src/time/clock.ts'

const hostSet: MxHosts = {
  key: '10 mx.provider.example',
  place: { provider: 'mx.provider.example', hostSet: 'mx.provider.example' },
  exchanges: [
    { preference: 10, name: 'mx.provider.example', addresses: ['8.8.1.1'], failure: null },
  ],
}
const found = (change: { ttlMs?: number; complete?: boolean } = {}): ExchangesAnswer => ({
  kind: 'found',
  hostSet,
  ttlMs: minute,
  complete: true,
  ...change,
})
const failed = undeliverable.lookUpFailed('a.example', 'MX SERVFAIL')

/** How long what was put at 0 is believed, in steps of a second. */
function lifeOf(...findings: ExchangesAnswer[]): number {
  const answers = new BelievedAnswers(25)
  for (const finding of findings) answers.put('a.example', finding, 0)
  let life = 0
  while (answers.get('a.example', life)) life += second
  return life
}

describe('an answer is believed', () => {
  test.each([
    ['as long as the addresses say', minute, [found()]],
    ['for ten seconds at least', 10 * second, [found({ ttlMs: 0 })]],
    ['for five minutes at most', 5 * minute, [found({ ttlMs: Infinity })]],
    [
      'for a short time where a host could not be looked up',
      15 * second,
      [found({ complete: false })],
    ],
    [
      'for a minute where the domain does not exist',
      minute,
      [undeliverable.noSuchDomain('a.example')],
    ],
    ['for a short time where the look-up failed', 15 * second, [failed]],
    ['longer where it failed again', minute, [failed, failed, failed]],
    [
      'for two minutes at most, however often it failed',
      2 * minute,
      Array<ExchangesAnswer>(20).fill(failed),
    ],
    [
      'for a short time again where it failed after it had worked',
      15 * second,
      [failed, failed, found(), failed],
    ],
  ] as [string, number, ExchangesAnswer[]][])('%s', (_, life, findings) => {
    expect(lifeOf(...findings)).toBe(life)
  })
})

describe('destinations with the same MX records', () => {
  test('share their hosts: those of one are those of all, also when they are looked up again', () => {
    const answers = new BelievedAnswers(25)
    answers.put('a.example', found(), 0)
    answers.put('b.example', { kind: 'known', hostSet }, 0)
    expect(answers.get('b.example', 2 * minute)).toBeNull()

    const moved = { preference: 10, name: 'mx.provider.example', addresses: ['8.8.2.2'] }
    const anew = { ...hostSet, exchanges: [{ ...moved, failure: null }] }
    answers.put(
      'a.example',
      { kind: 'found', hostSet: anew, ttlMs: minute, complete: true },
      2 * minute,
    )
    const answer = answers.get('b.example', 2 * minute)
    if (answer?.kind !== 'hosts') throw new Error('its hosts are known')
    expect(answer.inOrder()).toMatchObject([{ addresses: ['8.8.2.2'] }])
  })

  test('do not keep the hosts alive by being looked up', () => {
    const answers = new BelievedAnswers(25)
    answers.put('a.example', found(), 0)
    answers.put('b.example', { kind: 'known', hostSet }, minute - 1)
    expect(answers.get('b.example', minute - 1)).not.toBeNull()
    expect(answers.get('b.example', minute)).toBeNull()
  })
})

describe('sets of many hosts with long names', () => {
  test('are fewer: what is kept is bounded in bytes', () => {
    const answers = new BelievedAnswers(25)
    for (let d = 0; d < 10_000; d++) {
      const exchanges = Array.from({ length: 20 }, (_, n) => {
        const name = `${d}-${n}.${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example`
        return { preference: n, name, addresses: ['8.8.1.1'], failure: null }
      })
      const set: MxHosts = { key: `${d}`, place: { provider: `${d}`, hostSet: `${d}` }, exchanges }
      const finding: ExchangesAnswer = {
        kind: 'found',
        hostSet: set,
        ttlMs: minute,
        complete: true,
      }
      answers.put(`d${d}.example`, finding, 0)
    }
    const kept = Array.from({ length: 10_000 }, (_, d) => answers.get(`d${d}.example`, 1) !== null)
    expect(kept.at(-1)).toBe(true)
    expect(kept.filter(Boolean).length).toBeLessThan(8000)
  })
})
