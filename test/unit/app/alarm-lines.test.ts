import { expect, test } from 'vitest'
import { alarmLines, LineCutter } from '../../../src/app/alarm-lines.ts'

/** What is said (and logged) and what is only repeated of these bytes on stderr, with the levels. */
function heard(name: string, ...pieces: string[]) {
  const said: string[] = []
  const repeated: string[] = []
  const alarms = alarmLines(name, {
    say: (line, level) => said.push(`${level}| ${line}`),
    repeat: (line, level) => repeated.push(`${level}| ${line}`),
  })
  for (const piece of pieces) alarms.push(Buffer.from(piece))
  alarms.end()
  return { said, repeated }
}

test('a log line becomes what a person reads, and is not logged a second time', () => {
  const line = JSON.stringify({
    level: 'error',
    time: '2026-11-22T07:22:31.123Z',
    name: 'smtp',
    port: 25,
    where: { host: 'a' },
    err: { message: 'listen EADDRINUSE', stack: 'Error: …' },
    msg: 'could not start',
  })
  expect(heard('smtp', `${line}\n`)).toEqual({
    said: [],
    repeated: [
      'error| 07:22:31 smtp error: could not start (port=25, where={"host":"a"}): listen EADDRINUSE',
    ],
  })
})

test('what is no log line stands nowhere else, so it is logged as it is', () => {
  expect(heard('store', 'Segmentation fault\n{ broken\n')).toEqual({
    said: ['warn| store: Segmentation fault', 'warn| store: { broken'],
    repeated: [],
  })
})

test('text from outside can’t steer the terminal', () => {
  const line = JSON.stringify({ level: 'warn', msg: 'odd', helo: '\u001b]0;owned\u0007\r\nx' })
  expect(heard('smtp', `${line}\n`).repeated.join()).not.toMatch(/\p{Cc}/u)
  expect(heard('smtp', '\u001b[2Jgone\n').said.join()).not.toMatch(/\p{Cc}/u)
})

test('lines are put together from pieces, empty ones left out, the last without its end', () => {
  const lines: string[] = []
  const cutter = new LineCutter((line) => lines.push(line))
  for (const piece of ['fir', 'st\n\n', 'second\nthi']) cutter.push(Buffer.from(piece))
  expect(lines).toEqual(['first', 'second'])
  cutter.end()
  cutter.end()
  expect(lines).toEqual(['first', 'second', 'thi'])
})
