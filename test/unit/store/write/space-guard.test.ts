import { existsSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SpaceGuard, type Space } from '../../../../src/store/write/space-guard.ts'
import { tempFolder } from '../../../kit/temp-folder.ts'

/** A guard that looks when it is told to, over a disk that is as full as the log's growth makes it. */
function watched(folder: string) {
  const storeLog = { growthBytes: 0, isStuck: false, givesBack: false, move: () => undefined }
  const allowed: Space[] = []
  const said: unknown[] = []
  const ballastPath = join(folder, 'ballast')
  const log = {
    warn: (fields: object, text: string) => said.push('event' in fields ? fields.event : text),
  }
  const onChange = (space: Space) => allowed.push(space)
  let inFlight = 0
  const guard = new SpaceGuard({
    ballastPath,
    log,
    storeLog,
    inFlight: () => inFlight,
    onChange,
    onBroken: (error) => {
      throw error
    },
  })
  guard.stop()
  const { blocks, bsize } = statfsSync(folder)
  const reserve = Math.min(128 * mebibyte, (blocks * bsize) / 10)
  /** Has the given part of the reserve free, and lets the guard look. */
  const leave = (share: number): Space | undefined => {
    const { bavail } = statfsSync(folder)
    storeLog.growthBytes = bavail * bsize - share * reserve
    guard.look()
    return allowed.at(-1)
  }
  const fly = (recipients: number): void => void (inFlight = recipients)
  return { guard, storeLog, allowed, said, ballastPath, leave, fly, reserve }
}

const mebibyte = 1024 * 1024

test('room that the log needs in the database file is not free: mail is refused, and no round begins, until it is there', () => {
  using folder = tempFolder()
  const { guard, storeLog, allowed } = watched(folder.path)
  expect(guard.hasRoomForLog).toBe(true)
  expect(allowed).toEqual([])
  storeLog.growthBytes = Number.MAX_SAFE_INTEGER
  expect(guard.hasRoomForLog).toBe(false)
  // Mail that comes faster than the clock ticks is found by its bytes
  guard.took(1000)
  expect(allowed).toEqual([])
  guard.took(4 * mebibyte)
  expect(allowed).toEqual(['short'])
  storeLog.growthBytes = 0
  guard.look()
  expect(allowed).toEqual(['short', 'ample'])
})

test('a log that can’t be moved has what is left kept for mail in flight, from half of the reserve on', () => {
  using folder = tempFolder()
  const { guard, storeLog, said, leave } = watched(folder.path)
  expect(leave(0.4)).toBe('short')
  storeLog.isStuck = true
  expect(leave(0.6)).toBe('short')
  expect(leave(0.4)).toBe('kept')
  storeLog.isStuck = false
  guard.look()
  expect(leave(0.4)).toBe('short')
  storeLog.isStuck = true
  expect(leave(0.4)).toBe('kept')
  expect(leave(1.3)).toBe('ample')
  const once = ['sending_suspended', 'sending_resumed']
  expect(said).toEqual(['space_low', ...once, ...once, 'space_back'])
})

test('a log that can’t be moved has kept for mail in flight what that needs, where it is more than half of the reserve', () => {
  using folder = tempFolder()
  const { storeLog, leave, fly, reserve } = watched(folder.path)
  fly(reserve / 1024)
  expect(leave(2)).toBeUndefined()
  storeLog.isStuck = true
  expect(leave(2)).toBe('kept')
  fly(0)
  expect(leave(2)).toBe('ample')
})

test('behind a log that can’t be moved the very last of the room is for moving it: not even what is in flight is written', () => {
  using folder = tempFolder()
  const { storeLog, said, leave } = watched(folder.path)
  expect(leave(0.1)).toBe('short')
  storeLog.isStuck = true
  expect(leave(0.13)).toBe('kept')
  expect(leave(0.12)).toBe('none')
  expect(leave(0.2)).toBe('none')
  expect(leave(0.3)).toBe('kept')
  expect(leave(0.1)).toBe('none')
  storeLog.isStuck = false
  expect(leave(0.1)).toBe('short')
  const waits = ['outcomes_wait', 'outcomes_wait']
  expect(said).toEqual(['space_low', 'sending_suspended', ...waits, 'sending_resumed'])
})

test('a little room more or less at a bound changes nothing each time', () => {
  using folder = tempFolder()
  const { storeLog, allowed, leave } = watched(folder.path)
  for (let n = 0; n < 3; n++) for (const share of [0.99, 1.01]) leave(share)
  expect(allowed).toEqual(['short'])
  storeLog.isStuck = true
  for (let n = 0; n < 3; n++) for (const share of [0.49, 0.51]) leave(share)
  expect(allowed).toEqual(['short', 'kept'])
})

test('a full disk takes the ballast for outcomes, but not where a long log makes room once it is moved: that needs it then', () => {
  using folder = tempFolder()
  const { guard, storeLog, ballastPath } = watched(folder.path)
  writeFileSync(ballastPath, 'heavy')
  storeLog.growthBytes = statfsSync(folder.path).bavail * statfsSync(folder.path).bsize
  storeLog.givesBack = true
  guard.makeRoom()
  expect(existsSync(ballastPath)).toBe(true)
  storeLog.growthBytes += 8 * mebibyte
  expect(guard.hasRoomForLog).toBe(true)
  expect(existsSync(ballastPath)).toBe(true)
  guard.makeRoomForLog()
  expect(existsSync(ballastPath)).toBe(false)
  writeFileSync(ballastPath, 'heavy')
  storeLog.givesBack = false
  guard.makeRoom()
  expect(existsSync(ballastPath)).toBe(false)
})

test('a disk that stays full is told once, not as often as something waits for room', () => {
  using folder = tempFolder()
  const { guard, storeLog, said, ballastPath } = watched(folder.path)
  // No ballast is laid again
  storeLog.growthBytes = Number.MAX_SAFE_INTEGER
  writeFileSync(ballastPath, 'heavy')
  for (let waits = 0; waits < 10; waits++) guard.makeRoom()
  expect(said.filter((event) => event === 'disk_full')).toHaveLength(1)
})
