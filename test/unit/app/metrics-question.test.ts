import { expect, test } from 'vitest'
import { MetricsQuestion } from '../../../src/app/metrics-question.ts'

test('a process that does not answer is asked once, however often metrics are wanted', async () => {
  const question = new MetricsQuestion()
  let sent = 0
  const send = (): void => {
    sent++
  }
  expect(await question.ask(10, send)).toBeNull()
  expect(await question.ask(10, send)).toBeNull()
  expect(sent).toBe(1)
  question.answered('late')
  const next = question.ask(60_000, send)
  expect(sent).toBe(2)
  question.answered('in time')
  expect(await next).toBe('in time')
})

test('all who wait get the same answer', async () => {
  const question = new MetricsQuestion()
  const both = Promise.all([
    question.ask(60_000, () => undefined),
    question.ask(60_000, () => undefined),
  ])
  question.answered('x')
  expect(await both).toEqual(['x', 'x'])
})

test('the end of the process ends the wait, and the next life is asked anew', async () => {
  const question = new MetricsQuestion()
  const asked = question.ask(60_000, () => undefined)
  question.forget()
  expect(await asked).toBeNull()
  let sent = 0
  const again = question.ask(60_000, () => sent++)
  question.answered('x')
  expect([await again, sent]).toEqual(['x', 1])
})
