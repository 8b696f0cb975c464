import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from './paths.ts'

/** This release, as package.json says it. */
export const version: string = (
  JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string }
).version

/** `0.1.0 (2c39951)`: the release and, in a clone, the commit that is checked out. */
export function versionWithCommit(root: string = projectRoot): string {
  const commit = checkedOutCommit(join(root, '.git'))
  return commit === null ? version : `${version} (${commit.slice(0, 7)})`
}

/** Read from git's files: git itself refuses a user who does not own the clone, as that of the service does not. */
function checkedOutCommit(gitFolder: string): string | null {
  const head = readText(join(gitFolder, 'HEAD')).trim()
  const ref = /^ref: (\S+)$/.exec(head)?.[1]
  if (ref === undefined) return hashOf(head)
  const packed = readText(join(gitFolder, 'packed-refs'))
    .split('\n')
    .find((line) => line.endsWith(` ${ref}`))
  return hashOf(readText(join(gitFolder, ref)).trim()) ?? hashOf(packed?.split(' ')[0] ?? '')
}

const hashOf = (text: string): string | null => (/^[0-9a-f]{40,64}$/.test(text) ? text : null)

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
