/** What is wrong with the README of a room: it opens the room for a newcomer, so it must be short and name every file. */
import { posix } from 'node:path'

/** A room, or a folder in a room that has a README of its own. All paths are from the project's root. */
export interface ReadmeFolder {
  readonly folder: string
  /** null: it has none. */
  readonly readme: string | null
  /** What it has to name: its code files, and the READMEs of folders in it. */
  readonly files: readonly string[]
}

const leastLines = 10
const mostLines = 30
const mostCharacters = 125

/** Paths that are meant from the project's root; all others are meant from the folder of the README. */
const isFromRoot = (named: string): boolean => /^(?:src|test|plugins|config|docs)\//.test(named)

/** The files that a page of the manual names, in backquotes or as the target of a link, from the project's root. */
export function filesNamedIn(readme: string, folder: string): string[] {
  const quoted = [...readme.matchAll(/`([\w./-]+\.(?:ts|js|md))`/g)]
    .map(([, named = '']) => named)
    .map((named) => (isFromRoot(named) ? named : posix.join(folder, named)))
  const linked = [...readme.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) =>
    posix.join(folder, target),
  )
  return [...quoted, ...linked]
}

function faultsOfText(readme: string): string[] {
  const lines = readme.trimEnd().split('\n')
  const long = lines.findIndex((line) => line.length > mostCharacters)
  return [
    lines.length < leastLines && `has ${lines.length} lines; at least ${leastLines}`,
    lines.length > mostLines && `has ${lines.length} lines; at most ${mostLines}`,
    long >= 0 && `line ${long + 1} is longer than ${mostCharacters} characters`,
    !/\bin charge of\b/.test(readme) && 'does not say what the room is in charge of',
  ].filter((fault) => fault !== false)
}

/** One line for each fault; `exists` is asked about paths from the project's root. */
export function readmeFaults(
  { folder, readme, files }: ReadmeFolder,
  exists: (path: string) => boolean,
): string[] {
  const path = `${folder}/README.md`
  if (readme === null) return [`${path} is missing`]
  const named = filesNamedIn(readme, folder)
  return [
    ...faultsOfText(readme),
    ...files.filter((file) => !named.includes(file)).map((file) => `does not name ${file}`),
    ...named.filter((file) => !exists(file)).map((file) => `names ${file}, which does not exist`),
  ].map((fault) => `${path} ${fault}`)
}

/** Who has to name which file: the nearest folder above it that is a room or has a README of its own. */
export function foldersToRead(
  rooms: readonly string[],
  paths: readonly string[],
  readIfThere: (path: string) => string | null,
): ReadmeFolder[] {
  const inner = [...new Set(paths.map((path) => posix.dirname(path)))].filter(
    (folder) => !rooms.includes(folder) && readIfThere(`${folder}/README.md`) !== null,
  )
  const folders = [...rooms, ...inner].sort((a, b) => b.length - a.length)
  const named = [...paths, ...inner.map((folder) => `${folder}/README.md`)]
  const ownerOf = (path: string): string | undefined =>
    folders.find((folder) => path.startsWith(`${folder}/`) && path !== `${folder}/README.md`)
  return folders.map((folder) => ({
    folder,
    readme: readIfThere(`${folder}/README.md`),
    files: named.filter((path) => ownerOf(path) === folder),
  }))
}
