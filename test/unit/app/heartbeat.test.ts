import { expect, test } from 'vitest'
import { Heartbeat } from '../../../src/app/heartbeat.ts'

test('a process is silent once a question has no answer for two seconds, until it answers', () => {
  const heartbeat = new Heartbeat()
  let asked = 0
  const ask = (now: number): void => heartbeat.ask(now, () => asked++)
  ask(1000)
  heartbeat.answered(null)
  expect(heartbeat.isSilent(1_000_000)).toBe(false)
  ask(2000)
  expect(heartbeat.isSilent(3999)).toBe(false)
  expect(heartbeat.isSilent(4000)).toBe(true)
  heartbeat.answered('no store')
  expect(heartbeat.isSilent(4000)).toBe(false)
  expect([asked, heartbeat.trouble]).toEqual([2, 'no store'])
})

test('before a process that does not answer no questions pile up', () => {
  const heartbeat = new Heartbeat()
  let asked = 0
  for (let now = 0; now < 100_000; now += 1000) heartbeat.ask(now, () => asked++)
  expect(asked).toBe(1)
})
