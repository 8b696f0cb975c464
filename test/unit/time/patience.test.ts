import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { patience } from '../../../src/time/patience.ts'
import { standStill } from '../../kit/stand-still.ts'

test('patience ends with those who stay silent', async () => {
  await new Promise<void>((resolve) => patience(10, resolve))
})

test('an answer that came while this process stood still is heard before patience ends', async () => {
  let isOut = false
  const done = patience(20, () => (isOut = true))
  const answer = readFile(import.meta.filename)
  standStill(100)
  await answer
  done()
  expect(isOut).toBe(false)
})
