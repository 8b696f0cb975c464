import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SpaceGuard } from '../../../src/store/write/space-guard.ts'
import { silent } from '../../kit/silent.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

test('room that the log needs in the database file is not free: mail is refused, and no round begins, until it is there', () => {
  using folder = tempFolder()
  let growth = 0
  const said: boolean[] = []
  const options = {
    ballastPath: join(folder.path, 'ballast'),
    log: silent,
    growthBytes: () => growth,
    onResume: () => undefined,
  }
  const guard = new SpaceGuard(options, (refuse) => said.push(refuse))
  guard.stop()
  expect(guard.makeRoomForLog()).toBe(true)
  expect(said).toEqual([])
  growth = Number.MAX_SAFE_INTEGER
  expect(guard.makeRoomForLog()).toBe(false)
  // Mail that comes faster than the clock ticks is found by its bytes
  guard.took(1000)
  expect(said).toEqual([])
  guard.took(4 * 1024 * 1024)
  expect(said).toEqual([true])
  growth = 0
  guard.look()
  expect(said).toEqual([true, false])
})

test('a disk that stays full is told once, not as often as something waits for room', () => {
  using folder = tempFolder()
  const said: string[] = []
  const options = {
    ballastPath: join(folder.path, 'ballast'),
    log: { warn: (_: object, text: string) => said.push(text) },
    // No ballast is laid again
    growthBytes: () => Number.MAX_SAFE_INTEGER,
    onResume: () => undefined,
  }
  writeFileSync(options.ballastPath, 'heavy')
  const guard = new SpaceGuard(options, () => undefined)
  guard.stop()
  said.length = 0
  for (let waits = 0; waits < 10; waits++) guard.useBallast()
  expect(said).toEqual(['the disk is full; the ballast was thrown out'])
})
