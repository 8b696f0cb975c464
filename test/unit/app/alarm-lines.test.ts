import { expect, test } from 'vitest'
import { AlarmLines, describeAlarm } from '../../../src/app/alarm-lines.ts'

test('a log line becomes what a person reads: when, who, what, with which facts, why', () => {
  const line = JSON.stringify({
    level: 'error',
    time: '2026-11-22T07:22:31.123Z',
    name: 'smtp',
    port: 25,
    where: { host: 'a' },
    err: { message: 'listen EADDRINUSE', stack: 'Error: …' },
    msg: 'could not start',
  })
  expect(describeAlarm('smtp', line)).toBe(
    '07:22:31 smtp error: could not start (port=25, where={"host":"a"}): listen EADDRINUSE',
  )
})

test('a line that is no log line is shown as it is, with the name of who said it', () => {
  expect(describeAlarm('store', 'Segmentation fault')).toBe('store: Segmentation fault')
  expect(describeAlarm('store', '{ broken')).toBe('store: { broken')
})

test('text from outside can’t steer the terminal', () => {
  const line = JSON.stringify({ level: 'warn', msg: 'odd', helo: '\u001b]0;owned\u0007\r\nx' })
  expect(describeAlarm('smtp', line)).not.toMatch(/\p{Cc}/u)
  expect(describeAlarm('smtp', '\u001b[2Jgone')).not.toMatch(/\p{Cc}/u)
})

test('lines are put together from pieces, empty ones left out', () => {
  const lines: string[] = []
  const alarms = new AlarmLines('api', (line) => lines.push(line))
  for (const piece of ['fir', 'st\n\n', 'second\nthi']) alarms.push(Buffer.from(piece))
  expect(lines).toEqual(['api: first', 'api: second'])
})
