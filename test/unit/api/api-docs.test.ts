import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../../../src/config/paths.ts'
import { withTables } from './api-tables.ts'

test('the tables of docs/api.md are what is declared; `vitest run -u` renews them', async () => {
  const path = join(projectRoot, 'docs', 'api.md')
  await expect(withTables(readFileSync(path, 'utf8'))).toMatchFileSnapshot(path)
})
