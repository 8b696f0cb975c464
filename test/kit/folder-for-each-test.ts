import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { tempFolder } from './temp-folder.ts'

/**
 * Has each test of the file begin with a new folder, whose path is given to `use`. It goes away after the test, behind all
 * `afterEach` that come later in the file.
 */
export function folderForEachTest(use: (path: string) => unknown): void {
  let folder: ReturnType<typeof tempFolder> | null = null
  beforeEach(async () => {
    folder = tempFolder()
    await use(folder.path)
  })
  afterEach(() => folder?.[Symbol.dispose]())
}

/** The same for tests of a store's file: where it lies, and where a copy of it may. */
export const storeFileForEachTest = (
  use: (at: { folder: string; path: string; copy: string }) => unknown,
): void =>
  folderForEachTest((folder) =>
    use({ folder, path: join(folder, 'sluice.db'), copy: join(folder, 'copy.db') }),
  )
