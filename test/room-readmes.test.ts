/** The law of the manual: each room opens with a README.md that says what it is in charge of and names each of its files. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { sourcesOf } from './kit/imports.ts'
import { filesNamedIn, foldersToRead, readmeFaults } from './kit/room-readmes.ts'
import { folderOf, roomOf } from './kit/room-of.ts'

const paths = sourcesOf('src', 'plugins').map(({ path }) => path)

const readIfThere = (path: string): string | null =>
  existsSync(path) ? readFileSync(path, 'utf8') : null

const rooms = [...new Set(paths.map(roomOf))].map(folderOf)
const folders = foldersToRead(rooms, paths, readIfThere)

test('each room has a README.md of 10 to 30 lines that names each of its files, and no other', () => {
  expect(rooms.length).toBeGreaterThan(20)
  expect(folders.flatMap(({ files }) => files).length).toBeGreaterThan(paths.length)
  expect(folders.flatMap((folder) => readmeFaults(folder, existsSync))).toEqual([])
})

test.each(['README.md', 'CONTRIBUTING.md', 'docs/architecture.md'])(
  '%s names only files that exist',
  (page) => {
    const named = filesNamedIn(readFileSync(page, 'utf8'), dirname(page))
    // A file that is named without its folder is meant beside the one named before it
    const whole = named.filter((file) => file.includes('/') && dirname(file) !== dirname(page))
    expect(whole.length).toBeGreaterThan(20)
    expect(whole.filter((file) => !existsSync(file))).toEqual([])
  },
)

const lines = (...texts: string[]): string =>
  [...texts, ...Array<string>(12).fill('A line.')].join('\n')
const charge = 'This room is in charge of queues.'
const sound = lines(charge, '`a.ts` and `b/c.ts` serve `src/mail/path.ts`.')
const files = ['src/queue/a.ts', 'src/queue/b/c.ts']
const existing = [...files, 'src/mail/path.ts', 'docs/words.md']
const faultsOf = (readme: string | null): string[] =>
  readmeFaults({ folder: 'src/queue', readme, files }, (path) => existing.includes(path))

test('a README that obeys passes, with links and files of other rooms', () => {
  expect(faultsOf(sound)).toEqual([])
  expect(
    faultsOf(`${sound}\n[words](../../docs/words.md#lane) [RFC](https://example.org/x)`),
  ).toEqual([])
})

test.each([
  ['a room without a README', null, 'is missing'],
  ['a README that is too short', `${charge} \`a.ts\` \`b/c.ts\``, 'has 1 lines'],
  ['one that is too long', `${sound}\n${'A line.\n'.repeat(30)}`, 'has 44 lines'],
  ['a line that is too long', `${sound}\n${'x'.repeat(126)}`, 'line 15 is longer'],
  ['one that names no charge', sound.replace(charge, 'Queues.'), 'in charge of'],
  [
    'a file that is not named',
    sound.replace('b/c.ts', 'src/mail/path.ts'),
    'does not name src/queue/b/c.ts',
  ],
  [
    'a file whose name is only part of a name',
    sound.replace('`a.ts`', '`docs/words.md`'),
    'does not name src/queue/a.ts',
  ],
  ['a file that does not exist', `${sound}\n\`gone.ts\``, 'names src/queue/gone.ts'],
  [
    'a file of another room that does not exist',
    `${sound}\n\`src/mail/gone.ts\``,
    'names src/mail/gone.ts',
  ],
  ['a link to a file that does not exist', `${sound}\n[gone](../gone.md)`, 'names src/gone.md'],
])('catches %s', (_, readme, fault) => {
  expect(faultsOf(readme)).toEqual([expect.stringContaining(fault)])
})

test('a folder with a README of its own names its files, and the room above names that README', () => {
  const there = ['src/delivery/README.md', 'src/delivery/client/README.md']
  const code = ['src/delivery/lane.ts', 'src/delivery/client/mail.ts', 'src/delivery/other/x.ts']
  const read = (path: string): string | null => (there.includes(path) ? sound : null)
  expect(foldersToRead(['src/delivery'], code, read)).toEqual([
    { folder: 'src/delivery/client', readme: sound, files: ['src/delivery/client/mail.ts'] },
    {
      folder: 'src/delivery',
      readme: sound,
      files: ['src/delivery/lane.ts', 'src/delivery/other/x.ts', 'src/delivery/client/README.md'],
    },
  ])
})
