import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describeRefusal, refusalReasons, strangers } from '../../../src/words/refusal-reason.ts'

test('docs/api.md lists every reason with its words', () => {
  const docs = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8')
  for (const reason of refusalReasons) {
    expect(docs).toContain(`| \`${reason}\` | ${describeRefusal(reason)} |`)
  }
})

test('no submitter can have the name under which strangers are counted', () => {
  expect(strangers).not.toContain(':')
})
