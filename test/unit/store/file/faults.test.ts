import { expect, test } from 'vitest'
import { asUnusable, isFull, StoreUnusable } from '../../../../src/store/file/faults.ts'
import { tempFolder } from '../../../kit/temp-folder.ts'

const fault = (errcode: number) => Object.assign(new Error('disk I/O error'), { errcode })

/** A file system that never has room. */
const onFullDisk = '/proc/sluice.db'

test.each([
  ['a sync', 1034],
  ['a sync of the folder', 1290],
  ['a read', 266],
])('%s that failed is a fault of the disk, however full it is', (_, code) => {
  expect(asUnusable(fault(code), onFullDisk)).toBeInstanceOf(StoreUnusable)
})

test.each([
  ['an input or output', 10],
  ['a write', 778],
  ['a change of size', 1546],
])('%s that failed is what a full disk may do, and on others a fault of the disk', (_, code) => {
  using folder = tempFolder()
  const failed = fault(code)
  expect(asUnusable(failed, onFullDisk)).toBe(failed)
  expect(asUnusable(failed, `${folder.path}/sluice.db`)).toBeInstanceOf(StoreUnusable)
})

test('an index of the log that finds no room is no full disk: the commit mark is written by then', () => {
  expect(isFull(fault(13))).toBe(true)
  expect(isFull(fault(4874))).toBe(false)
  expect(asUnusable(fault(4874), onFullDisk)).not.toBeInstanceOf(StoreUnusable)
})
