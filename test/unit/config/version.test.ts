import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { version, versionWithCommit } from '../../../src/config/version.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

const commit = '2c399517f3a0d1b6c8e4f5a6978899aabbccddee'

function inClone(files: Record<string, string>) {
  const folder = tempFolder()
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder.path, '.git', name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return folder
}

test.each([
  ['a branch', { HEAD: 'ref: refs/heads/main\n', 'refs/heads/main': `${commit}\n` }],
  [
    'a branch that git has packed',
    {
      HEAD: 'ref: refs/heads/main\n',
      'packed-refs': `# pack-refs with: peeled\n${'1'.repeat(40)} refs/heads/not-main\n${commit} refs/heads/main\n`,
    },
  ],
  ['a tag, without a branch', { HEAD: `${commit}\n` }],
])('the version of a clone names the commit that is checked out: %s', (_, files) => {
  using clone = inClone(files)
  expect(versionWithCommit(clone.path)).toBe(`${version} (2c39951)`)
})

test('a copy that is no clone has its version alone', () => {
  using clone = inClone({ HEAD: 'ref: refs/heads/none\n' })
  expect(versionWithCommit(clone.path)).toBe(version)
  rmSync(join(clone.path, '.git'), { recursive: true })
  expect(versionWithCommit(clone.path)).toBe(version)
})
