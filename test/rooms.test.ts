/** The law of the house: who may import whom, which library lives where, how big and how named files are. */
import { describe, expect, test } from 'vitest'
import { circlesOf, importsOf, sourcesOf, type Import, type SourceFile } from './kit/imports.ts'
import { roomOf } from './kit/room-of.ts'

/** They decide, and don't know each other. A new one is named here. */
const capabilities = ['accounts', 'limits', 'queue', 'destinations', 'bounces']

/** From the ground up. An import points to a lower floor or stays in its room. */
const floors: readonly (readonly string[])[] = [
  ['time', 'collections'],
  ['words'],
  ['mail', 'config', 'log', 'metrics', 'redis', 'ipc'],
  [...capabilities, 'store/protocol'],
  ['store/file'],
  ['store/read'],
  ['store/write'],
  ['submission', 'delivery', 'operations'],
  ['http'],
  ['smtp', 'api', 'web', 'cli'],
  ['app'],
  ['bin', 'plugins'],
]
const floorOf = (room: string): number => floors.findIndex((rooms) => rooms.includes(room))

/** The store is four rooms: what is said to it, its file, and the two halves that only the wiring puts together. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'store/read': ['store/write', 'app'],
  'store/write': ['app'],
}
/** What a room above its floor has no business with all the same. */
const isForbidden = (room: string, other: string): boolean =>
  (other in mayImport && !mayImport[other]?.includes(room)) ||
  // The store knows the words and the framing, and no capability.
  (room.startsWith('store/') && capabilities.includes(other))

/** `sluice start` is a word on the command line and a process of its own: it alone goes up to what wires processes. */
const mayGoUp: Readonly<Record<string, string>> = {
  'src/cli/start.ts': 'app',
  // The terminal's own wiring: accounts and keys can be listed while no relay runs
  'src/cli/store-reader.ts': 'store/read',
}

/** Each outside library has the rooms in which its words may be spoken. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  haraka: ['smtp'],
  'haraka-constants': ['smtp'],
  '@haraka/email-address': ['smtp'],
  fastify: ['http', 'api', 'web'],
  '@fastify/swagger': ['api'],
  '@fastify/type-provider-typebox': ['api'],
  bullmq: ['queue'],
  ioredis: ['redis'],
  'node:sqlite': ['store/file', 'store/read', 'store/write'],
  pino: ['log'],
  'prom-client': ['metrics'],
  'smol-toml': ['config'],
  selfsigned: ['app'],
  typebox: floors.flat(),
}

const forbiddenNames = /(?:^|[/-])(?:utils?|helpers?|common|managers?|services?)(?:[./-]|$)/

/** Where the outside world is read: the environment, the clock, chance. */
const worldReaders: readonly { what: RegExp; allowed: RegExp }[] = [
  { what: /\bprocess\.env\b/, allowed: /^src\/(?:config\/|bin\/sluice\.js$|bin\/setup\/)/ },
  {
    what: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/,
    allowed: /^src\/(?:time\/|bin\/setup\/)/,
  },
  { what: /\bMath\.random\(/, allowed: /^src\/time\// },
]

const libraryOf = (target: string): string => {
  if (target.startsWith('node:')) return target
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/')
}

function isLawful({ file, target }: Import): boolean {
  const room = roomOf(file)
  if (/^(?:src|plugins)\//.test(target)) {
    const other = roomOf(target)
    if (other === room || mayGoUp[file] === other) return true
    return floorOf(other) < floorOf(room) && !isForbidden(room, other)
  }
  if (target.startsWith('../') || /^(?:test|docs)\//.test(target)) return false
  const library = libraryOf(target)
  if (library in libraries) return libraries[library]?.includes(room) ?? false
  return library.startsWith('node:')
}

const unlawfulImports = (sources: SourceFile[]): string[] =>
  sources
    .flatMap(importsOf)
    .filter((item) => !isLawful(item))
    .map(({ file, target }) => `${file} → ${target}`)

/** A line can ask for an exception in the words that the linter understands, with its reason. */
const hasException = (line: string, before: string): boolean =>
  /eslint-disable-next-line no-restricted-properties -- \S/.test(before) ||
  /eslint-disable-line no-restricted-properties -- \S/.test(line)

const isComment = (line: string): boolean => /^\s*(?:\/\/|\/?\*)/.test(line)

const worldReads = (sources: SourceFile[]): string[] =>
  sources.flatMap(({ path, text }) => {
    const lines = text.split('\n')
    return lines.flatMap((line, i) =>
      worldReaders
        .filter(({ what, allowed }) => what.test(line) && !allowed.test(path))
        .filter(() => !isComment(line) && !hasException(line, lines[i - 1] ?? ''))
        .map(({ what }) => `${path}:${i + 1} ${what.source}`),
    )
  })

const lineCount = (text: string): number => text.trimEnd().split('\n').length

const badNames = (sources: { path: string }[]): string[] =>
  sources
    .map(({ path }) => path)
    .filter((path) => forbiddenNames.test(path) || !/^[a-z0-9./-]+$/.test(path))

const sources = sourcesOf('src', 'plugins')
const rooms = [...new Set(sources.map(({ path }) => roomOf(path)))]
const file = (path: string, text: string): SourceFile[] => [{ path, text }]

describe('the rooms of the house', () => {
  test('are really read', () => {
    expect(sources.length).toBeGreaterThan(100)
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(300)
  })

  test('are all on the plan', () => {
    expect(rooms.filter((room) => floorOf(room) < 0)).toEqual([])
  })

  test('all exist: what comes later is put on the plan with its first file', () => {
    expect(floors.flat().filter((room) => !rooms.includes(room))).toEqual([])
  })

  test('import downwards or within themselves, and speak to a library only where it lives', () => {
    expect(unlawfulImports(sources)).toEqual([])
  })

  test('have no files that import each other in a circle, types included', () => {
    expect(circlesOf(sources)).toEqual([])
  })

  test('read the environment, the clock and chance only at their doors', () => {
    expect(worldReads(sources)).toEqual([])
  })
})

describe('the files', () => {
  const all = [...sources, ...sourcesOf('test')]

  test('stay under 300 lines, half of them under 100, entrances under 30', () => {
    const isEntrance = (path: string): boolean =>
      /^(?:plugins|src\/bin)\/[^/]*(?:\/index)?\.ts$/.test(path)
    const long = all.filter(({ path, text }) => lineCount(text) > (isEntrance(path) ? 30 : 299))
    expect(long.map(({ path, text }) => `${path}: ${lineCount(text)}`)).toEqual([])
    const lengths = sources.map(({ text }) => lineCount(text)).sort((a, b) => a - b)
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThan(100)
  })

  test('have kebab-case names that say what is inside', () => {
    expect(badNames(all)).toEqual([])
  })
})

describe('this test', () => {
  test.each([
    ['a capability that imports an edge', 'src/limits/x.ts', "import { a } from '../api/app.ts'"],
    [
      'a capability that imports its neighbour',
      'src/limits/x.ts',
      "import { a } from '../store/protocol/client.ts'",
    ],
    ['a page that imports the API', 'src/web/x.ts', "import { a } from '../api/build-api.ts'"],
    ['what serves both that knows one', 'src/http/x.ts', "import { a } from '../web/web-part.ts'"],
    ['an edge that imports another', 'src/api/x.ts', "export { a } from '../smtp/hook.ts'"],
    [
      'vocabulary that imports a capability',
      'src/mail/x.ts',
      "import type { A } from '../store/protocol/views.ts'",
    ],
    ['a hidden import', 'src/mail/x.ts', "const a = await import('../store/protocol/views.ts')"],
    [
      'an import over several lines',
      'src/limits/x.ts',
      "import {\n  a,\n  b,\n} from '../api/app.ts'",
    ],
    [
      'a use case that opens the database itself',
      'src/operations/x.ts',
      "import { openReader } from '../store/read/open-reader.ts'",
    ],
    [
      'an edge that imports the writer',
      'src/cli/x.ts',
      "import { startStore } from '../store/write/start-store.ts'",
    ],
    [
      'a store that knows a capability',
      'src/store/write/x.ts',
      "import { a } from '../../destinations/pace.ts'",
    ],
    ['a library outside its room', 'src/delivery/x.ts', "import { Queue } from 'bullmq'"],
    ['a library by require', 'src/api/x.ts', "const s = require('haraka/server')"],
    ['a library without a room', 'src/api/x.ts', "import _ from 'lodash'"],
    ['SQLite outside the store', 'src/api/x.ts', "import { DatabaseSync } from 'node:sqlite'"],
    [
      'a product file that imports a test',
      'src/api/x.ts',
      "import { a } from '../../test/kit/relay.ts'",
    ],
  ])('catches %s', (_, path, text) => {
    expect(unlawfulImports(file(path, text))).toHaveLength(1)
  })

  test('catches a circle, of types too and over several files', () => {
    const circle = [
      { path: 'src/mail/a.ts', text: "import type { B } from './b.ts'" },
      { path: 'src/mail/b.ts', text: "import { c } from './c.ts'" },
      { path: 'src/mail/c.ts', text: "export type { A } from './a.ts'" },
      { path: 'src/mail/d.ts', text: "import { a } from './a.ts'" },
    ]
    expect(circlesOf(circle)).toEqual([['src/mail/a.ts', 'src/mail/b.ts', 'src/mail/c.ts']])
    expect(circlesOf(circle.slice(1))).toEqual([])
  })

  test('lets lawful imports pass', () => {
    const text =
      "import { a } from '../store/protocol/client.ts'\nimport net from 'node:net'\nimport { b } from './b.ts'"
    expect(unlawfulImports(file('src/submission/x.ts', text))).toEqual([])
    expect(importsOf({ path: 'src/submission/x.ts', text })).toHaveLength(3)
  })

  test.each(['process.env.HOME', 'Date.now()', 'new Date()', 'Math.random()', 'performance.now()'])(
    'catches %s in a room that has no business with it',
    (text) => {
      expect(worldReads(file('src/queue/x.ts', `const a = ${text}`))).toHaveLength(1)
    },
  )

  test.each([
    'src/api/string-utils.ts',
    'src/common/x.ts',
    'src/api/key-manager.ts',
    'src/api/apiKey.ts',
  ])('catches the name %s', (path) => {
    expect(badNames([{ path }])).toEqual([path])
  })
})
