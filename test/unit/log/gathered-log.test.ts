import { expect, test } from 'vitest'
import { GatheredLog } from '../../../src/log/gathered-log.ts'
import { minute, second } from '../../../src/time/clock.ts'

type Line = Record<string, unknown>

function gathering() {
  const lines: Line[] = []
  const say = (fields: Readonly<Line>, msg: string): void => void lines.push({ ...fields, msg })
  let now = 0
  const gathered = new GatheredLog(
    { info: say, warn: say, error: say },
    { message: 'login refused', level: 'warn', elapsedMs: () => now },
  )
  const many = (count: number, reason: string, address: string): void => {
    for (let i = 0; i < count; i++) gathered.add(reason, address, { account: 'x' })
  }
  return { lines, gathered, many, pass: (ms: number) => (now += ms) }
}

test('the first lines of each reason are written in full, the rest is one line with counts', () => {
  const { lines, gathered, many, pass } = gathering()
  many(500, 'wrong', '192.0.2.1')
  many(300, 'throttled', '192.0.2.2')
  expect(lines).toHaveLength(20)
  expect(lines[0]).toEqual({
    reason: 'wrong',
    client: '192.0.2.1',
    account: 'x',
    msg: 'login refused',
  })
  pass(60 * second)
  gathered.flush()
  expect(lines.slice(20)).toEqual([
    {
      gathered: 780,
      seconds: 60,
      reasons: { wrong: 490, throttled: 290 },
      busiest: { '192.0.2.1': 490, '192.0.2.2': 290 },
      msg: 'login refused',
    },
  ])
  gathered.close()
  expect(lines).toHaveLength(21)
})

test('a stranger who goes on for a day gets one full line a minute and reason, no more', () => {
  const { lines, gathered, many, pass } = gathering()
  for (let minutes = 0; minutes < 24 * 60; minutes++) {
    many(100, 'wrong', '192.0.2.1')
    pass(minute)
    gathered.flush()
  }
  expect(lines.length).toBeLessThanOrEqual(2 * 24 * 60 + 10)
  gathered.close()
})

test('what is rarer than one a minute is written in full, always', () => {
  const { lines, gathered, many, pass } = gathering()
  for (let times = 0; times < 50; times++) {
    many(1, 'wrong', '192.0.2.1')
    pass(minute)
  }
  gathered.close()
  expect(lines).toHaveLength(50)
  expect(lines.every(({ account }) => account === 'x')).toBe(true)
})

test('the busiest addresses are found among any number of others', () => {
  const { lines, gathered, many } = gathering()
  for (let i = 0; i < 20_000; i++) {
    many(1, 'wrong', `2001:db8::${i.toString(16)}`)
    if (i % 10 === 0) many(1, 'wrong', '192.0.2.1')
  }
  gathered.close()
  const busiest = lines.at(-1)?.['busiest'] as Record<string, number>
  expect(Object.keys(busiest)).toContain('192.0.2.1')
  expect(Object.keys(busiest)).toHaveLength(5)
})

test('reasons beyond the room for them are counted as others', () => {
  const { lines, gathered } = gathering()
  for (let i = 0; i < 1000; i++) gathered.add(`made up ${i}`, '192.0.2.1')
  gathered.close()
  expect(lines.length).toBeLessThan(50)
  expect(lines.at(-1)?.['reasons']).toEqual({ other: 1000 - 32 - 10 })
})

test('long text from outside is cut', () => {
  const { lines, gathered } = gathering()
  gathered.add('wrong', '192.0.2.1', { account: 'x'.repeat(10_000) })
  gathered.close()
  expect(String(lines[0]?.['account']).length).toBeLessThan(300)
})
