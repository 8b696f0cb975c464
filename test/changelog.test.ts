/** What somebody who runs Sluice reads before an upgrade. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { version } from '../src/config/version.ts'

const changelog = readFileSync(new URL('../CHANGELOG.md', import.meta.url), 'utf8')

test('the release of package.json has its section, with its day, and what is not released comes before it', () => {
  const headings = [...changelog.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading)
  const [first, ...releases] = headings
  expect(first).toBe('[Unreleased]')
  expect(releases[0]).toMatch(
    new RegExp(`^\\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d\\d-\\d\\d$`),
  )
  for (const release of releases) expect(release).toMatch(/^\[\d+\.\d+\.\d+\] - /)
})
