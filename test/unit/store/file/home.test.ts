import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { copyStore, restoreStore } from '../../../../src/store/file/copies.ts'
import { openForWriting } from '../../../../src/store/file/database.ts'
import { copiedFrom, machineId, type Home } from '../../../../src/store/file/home.ts'
import { openAtHome } from '../../../../src/store/file/open-at-home.ts'
import { openReader } from '../../../../src/store/read/open-reader.ts'
import { eventually } from '../../../kit/facts.ts'
import {
  aProcess,
  accept,
  messageTo,
  openPieces,
  operation,
  OwnClock,
  runTestStore,
} from '../../../kit/store.ts'
import { storeFileForEachTest } from '../../../kit/folder-for-each-test.ts'
import { readEvents } from '../../../kit/read-events.ts'

let folder: string
let path: string
let copy: string
storeFileForEachTest((at) => ({ folder, path, copy } = at))

const clock = new OwnClock()

/** Runs the store for a while. @returns its id and how much of what is open is held */
async function life(
  during: (store: Awaited<ReturnType<typeof runTestStore>>) => unknown = () => undefined,
) {
  const running = await runTestStore(folder, { clock })
  await during(running)
  const { open } = await running.reader.summary(new Set(), clock.at)
  const id = await running.reader.storeId()
  await running.close()
  return { id, total: open.total, held: open.held }
}

const twoMessages = async ({ client }: Awaited<ReturnType<typeof runTestStore>>): Promise<void> => {
  for (const name of ['a', 'b']) await accept(client, messageTo([`${name}@d.test`]))
}

test('a store that stays where it is, or is moved within its file system, holds nothing', async () => {
  const { id } = await life(twoMessages)
  expect(await life()).toEqual({ id, total: 2, held: 0 })
  renameSync(path, `${path}.away`)
  renameSync(`${path}.away`, path)
  expect(await life()).toEqual({ id, total: 2, held: 0 })
})

describe('a store that was copied comes up held, with another id, once:', () => {
  const spoil: [string, () => void][] = [
    ['a backup that was copied over the store', () => copyFileSync(copy, path)],
    [
      'a backup that was moved into its place',
      () => {
        rmSync(path)
        renameSync(copy, path)
      },
    ],
    [
      'a file that was copied away and moved back',
      () => {
        copyFileSync(path, `${path}.away`)
        renameSync(`${path}.away`, path)
      },
    ],
    [
      'a store of another machine',
      () => {
        const database = new DatabaseSync(path)
        database.exec("UPDATE home SET machine = 'another'")
        database.close()
      },
    ],
  ]
  test.each(spoil)('%s', async (what, put) => {
    const { id } = await life(async (store) => {
      await twoMessages(store)
      copyStore(path, copy)
    })
    put()
    const copied = await life(async ({ client }) => {
      await accept(client, messageTo(['new@d.test']))
    })
    const isKnown = what !== 'a store of another machine' || knowsItsMachine()
    expect(copied).toMatchObject({ total: 3, held: isKnown ? 2 : 0 })
    expect(copied.id === id).toBe(!isKnown)
    const released = await life(({ client }) =>
      client.send(operation('release', { party: 'restore' })),
    )
    expect(released).toEqual({ id: copied.id, total: 3, held: 0 })
  })
})

/** Whether the machine of this test can be told from others. */
function knowsItsMachine(): boolean {
  const database = new DatabaseSync(path, { readOnly: true })
  const row = database.prepare('SELECT machine FROM home').get()
  database.close()
  return row?.['machine'] !== 'another'
}

describe('a log that a crash left beside the store before never gets into a backup that is put in place by hand:', () => {
  /** A store in use, with mail that lies in the log alone, as a kill leaves it. */
  async function crashedStore(): Promise<void> {
    const pieces = openPieces(folder, { clock })
    await accept(pieces, messageTo(['a@d.test']))
    copyStore(path, copy)
    for (let n = 0; n < 30; n++) await accept(pieces, messageTo([`late${n}@d.test`]))
    const [file, log] = [readFileSync(path), readFileSync(`${path}-wal`)]
    pieces.close()
    writeFileSync(path, file)
    writeFileSync(`${path}-wal`, log)
  }
  const strayLogs = () => readdirSync(folder).filter((name) => name.includes('-wal.stray-'))

  test.each([
    ['copied over the store', () => copyFileSync(copy, path)],
    ['moved into its place', () => renameSync(copy, path)],
  ])('%s', async (_, put) => {
    await crashedStore()
    const log = readFileSync(`${path}-wal`)
    put()
    expect(await life()).toMatchObject({ total: 1, held: 1 })
    const database = new DatabaseSync(path, { readOnly: true })
    expect(database.prepare('PRAGMA integrity_check(1)').get()).toEqual({ integrity_check: 'ok' })
    database.close()
    const [stray = 'none', ...others] = strayLogs()
    expect(others).toEqual([])
    expect(readFileSync(join(folder, stray)).equals(log)).toBe(true)
  })

  test('or is deleted where the store was moved away without it', async () => {
    await crashedStore()
    renameSync(path, `${path}.away`)
    expect(await life()).toMatchObject({ total: 0 })
    expect(strayLogs()).toHaveLength(1)
  })

  test('nor by whoever opens it without moving the log aside', async () => {
    await crashedStore()
    copyFileSync(copy, path)
    const backup = readFileSync(copy)
    expect(() => openForWriting(path)).toThrow('belongs to another file')
    expect(readFileSync(path).equals(backup)).toBe(true)
  })

  test('nor into one over which a copy is restored', async () => {
    await crashedStore()
    copyFileSync(copy, path)
    const backup = readFileSync(copy)
    const { oldStore } = restoreStore(copy, path, clock.at)
    expect(strayLogs()).toHaveLength(1)
    expect(readFileSync(oldStore ?? '').equals(backup)).toBe(true)
  })

  test('nor into one that is restored', async () => {
    await crashedStore()
    copyFileSync(`${path}-wal`, `${copy}-wal`)
    expect(() => restoreStore(copy, path, clock.at)).toThrow('belongs to another file')
    expect(await life()).toMatchObject({ total: 31, held: 0 })
  })
})

test('the start says where the log went that belongs to another file', () => {
  const said: unknown[] = []
  const log = { info: () => undefined, warn: (fields: object) => said.push(fields) }
  writeFileSync(`${path}-wal`, 'the log of another file')
  openAtHome({ databasePath: path, ballastPath: join(folder, 'none'), clock, log }).close()
  expect(said).toEqual([{ event: 'stray_log', path: `${path}-wal.stray-${clock.at}` }])
})

test('a copied store says so in its events, with the reason and how much is held', async () => {
  await life(async (store) => {
    await twoMessages(store)
    copyStore(path, copy)
  })
  copyFileSync(copy, path)
  await life()
  const reader = openReader(path, aProcess)
  const events = await readEvents(reader, 0, 100)
  await reader.close()
  expect(events.filter(({ event }) => event === 'restored')).toMatchObject([
    { data: { held: 2, reason: 'backup' } },
  ])
})

test('a copied store says that it holds its mail before it does, as that may take its time', async () => {
  await life(async (store) => {
    await twoMessages(store)
    copyStore(path, copy)
  })
  const said: unknown[] = []
  const say = (fields: object): void => {
    const database = new DatabaseSync(copy, { readOnly: true })
    const row = database.prepare('SELECT count(*) AS held FROM recipient WHERE held > 0').get()
    database.close()
    said.push({ ...fields, ...row })
  }
  const log = { info: say, warn: say }
  openAtHome({ databasePath: copy, ballastPath: join(folder, 'none'), clock, log }).close()
  expect(said).toMatchObject([
    { event: 'holding_copy', reason: 'backup', held: 0 },
    { event: 'store_copied', reason: 'backup', held: 2 },
  ])
})

test('a standing hold that was still being put when the store was copied holds all that it is for in the copy', async () => {
  const hold = { scope: 'all', value: '', party: 'customer', reason: null, until: null } as const
  await life(async ({ client }) => {
    await accept(client, messageTo(Array.from({ length: 1500 }, (_, n) => `u${n}@d.test`)))
    await client.send({ kind: 'put-hold', ...hold, answer: 'begun' })
    copyStore(path, copy)
  })
  copyFileSync(copy, path)
  const released = await life(async ({ client, reader }) => {
    await eventually('nothing runs', async () => {
      const { operations } = await reader.operations({ before: null, limit: 9 })
      return operations.every(({ state }) => state !== 'running') || undefined
    })
    await client.send(operation('release', { party: 'restore' }))
  })
  expect(released).toMatchObject({ total: 1500, held: 1500 })
})

test.each<[string, Home, Home, ReturnType<typeof copiedFrom>]>([
  ['the same', home('m', '5:9'), home('m', '5:9'), null],
  ['a file that was not known', home('m', ''), home('m', '5:9'), null],
  ['a file system that does not tell', home('m', '5:9'), home('m', ''), null],
  ['a time that is not known', home('m', '5'), home('m', '5:9'), null],
  ['a machine that does not tell', home('m', '5'), home('', '5'), null],
  ['another number', home('m', '5:9'), home('m', '6:9'), 'file'],
  ['a number that is used again', home('m', '5:9'), home('m', '5:10'), 'file'],
  ['another machine', home('m', '5:9'), home('n', '5:9'), 'machine'],
  ['a backup', home('backup', ''), home('m', '5:9'), 'backup'],
])('at home or not: %s', (_, was, is, reason) => {
  expect(copiedFrom(was, is)).toBe(reason)
})

test('the id of a machine counts where it is one that lasts', () => {
  const id = '0123456789abcdef0123456789abcdef'
  const root = folder
  for (const folder of ['etc', 'run/systemd']) mkdirSync(join(root, folder), { recursive: true })
  const idOf = (text: string) => {
    writeFileSync(join(root, 'etc/machine-id'), text)
    return machineId(root)
  }
  expect(machineId(root)).toBe('')
  expect(idOf('uninitialized\n')).toBe('')
  expect(idOf('')).toBe('')
  expect(idOf(`${id}\n`)).toBe(id)
  for (const mark of [
    '.dockerenv',
    'run/.containerenv',
    'run/systemd/container',
    'run/machine-id',
  ]) {
    writeFileSync(join(root, mark), '')
    expect([mark, machineId(root)]).toEqual([mark, ''])
    rmSync(join(root, mark))
  }
})

function home(machine: string, file: string): Home {
  return { machine, file }
}
