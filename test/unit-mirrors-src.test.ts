/** The law of unit tests: whoever looks for the tests of a folder finds them under the same name in test/unit. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, test } from 'vitest'

const isCode = (name: string): boolean => /(?<!\.test)\.(?:ts|js)$/.test(name)
const filesUnder = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name))
    .filter((path) => statSync(path).isFile())

const tests = filesUnder('test/unit').filter((path) => path.endsWith('.test.ts'))
/** The tools of the tests have tests too. */
const sources = ['src', 'test/kit', 'test/bench', 'test/prove']
  .filter(existsSync)
  .flatMap(filesUnder)

/** Tests in a folder without code of the same name. */
const strays = (paths: readonly string[], code: readonly string[]): string[] => {
  const folders = new Set(
    code.filter(isCode).map((path) => posix.dirname(path).replace(/^(?:src|test)\//, '')),
  )
  return paths.filter((path) => !folders.has(posix.dirname(path).replace(/^test\/unit\//, '')))
}

test('each unit test lies in the folder that mirrors the one that it tests', () => {
  expect(tests.length).toBeGreaterThan(100)
  expect(strays(tests, sources)).toEqual([])
})

test('a test in a folder that src does not have is found', () => {
  const code = ['src/store/read/scan.ts', 'test/kit/remote.ts']
  const lawful = ['test/unit/store/read/any.test.ts', 'test/unit/kit/remote.test.ts']
  const stray = ['test/unit/store/scan.test.ts', 'test/unit/queue/lanes.test.ts']
  expect(strays([...lawful, ...stray], code)).toEqual(stray)
})
