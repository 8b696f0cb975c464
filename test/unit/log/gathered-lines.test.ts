import { readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { GatheredLines } from '../../../src/log/gathered-lines.ts'
import { LogFile } from '../../../src/log/log-file.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

test('a full disk takes no lines: they are counted, said aloud once, and the log goes on when there is room', () => {
  using folder = tempFolder()
  const path = join(folder.path, 'smtp.log')
  symlinkSync('/dev/full', path)
  const causes: (string | undefined)[] = []
  const file = new LogFile(path, { maxBytes: 1000, files: 2 })
  const lines = new GatheredLines(file, {
    describe: (count) => `${count} lines are missing\n`,
    onLoss: ({ code }) => causes.push(code),
    onTrouble: () => undefined,
  })
  for (const text of ['a\n', 'b\n', 'c\n']) {
    lines.write(text)
    lines.flush()
  }
  expect(causes).toEqual(['ENOSPC'])
  rmSync(path)
  file.close()
  lines.write('d\n')
  lines.flush()
  lines.write('e\n')
  lines.flush()
  expect(readFileSync(path, 'utf8')).toBe('3 lines are missing\nd\ne\n')
})

test('what is wrong with a log that takes lines is told once, and once more when it comes again', () => {
  const sink = { append: () => null, trouble: null as Error | null }
  const told: string[] = []
  const lines = new GatheredLines(sink, {
    describe: () => '',
    onLoss: () => undefined,
    onTrouble: ({ message }) => told.push(message),
  })
  for (const trouble of [null, new Error('a'), new Error('b'), null, new Error('c')]) {
    sink.trouble = trouble
    lines.write('x')
    lines.flush()
  }
  expect(told).toEqual(['a', 'c'])
})
