import { mkdirSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pinOf } from './pinned.js'
import { findProgram, lastLine, runProgram } from './project.js'

/** The C library must be the machine's own: it belongs to the loader that starts every program. */
const neverUnpacked = ['libc6', 'adduser', 'debconf']
const generations = 4

/**
 * Unpacks a Debian package into `root`, and then what it depends on, generation by generation, until `isEnough` says
 * so. Needs no root and installs nothing. Throws with a message of one line where a package can't be had.
 */
export function unpackPackages(name, root, draft, isEnough) {
  if (findProgram('apt-get') === null) throw new Error('this machine has no apt-get')
  const apt = aptOptions(name, draft)
  const seen = new Set(neverUnpacked)
  let wanted = [name]
  for (let round = 0; round < generations && wanted.length > 0; round++) {
    const folder = join(draft, `packages-${round}`)
    const files = download(wanted, folder, apt)
    for (const each of wanted) seen.add(each)
    for (const file of files) unpack(file, root)
    if (isEnough()) return
    wanted = [...new Set(files.flatMap(dependenciesOf))].filter((each) => !seen.has(each))
  }
}

/** The machine's own package lists; where it has none (`apt-get update` never ran) lists of our own, fetched as it would. */
function aptOptions(name, draft) {
  if (runProgram('apt-get', ['download', '--print-uris', name]).ok) return []
  const options = [
    `Dir::State::Lists=${join(draft, 'lists')}`,
    `Dir::Cache=${join(draft, 'cache')}`,
  ]
  mkdirSync(join(draft, 'lists', 'partial'), { recursive: true })
  mkdirSync(join(draft, 'cache', 'archives', 'partial'), { recursive: true })
  const flags = options.flatMap((option) => ['-o', option])
  mustRun('apt-get', [...flags, 'update'])
  return flags
}

function download(names, folder, apt) {
  mkdirSync(folder, { recursive: true })
  mustRun('apt-get', [...apt, 'download', ...names], { cwd: folder })
  return readdirSync(folder)
    .filter((file) => file.endsWith('.deb'))
    .map((file) => join(folder, file))
}

/**
 * apt has checked that Debian signed the package. A version that is listed must also be the very file that is listed; others
 * are allowed, since a security update takes the place of the version before.
 */
function unpack(file, root) {
  if (pinOf(file) === 'wrong')
    throw new Error(`${basename(file)} is not the file that Debian released`)
  mkdirSync(root, { recursive: true })
  mustRun('dpkg-deb', ['-x', file, root])
}

/** The names in `Depends: libc6 (>= 2.34), libssl3 | libssl1.1, …`; of alternatives the first. */
const dependenciesOf = (file) =>
  mustRun('dpkg-deb', ['-f', file, 'Depends'])
    .split(',')
    .map((part) => part.trim().split(/[\s|:(]/)[0])
    .filter((each) => each !== '')

function mustRun(command, args, options) {
  const { ok, text } = runProgram(command, args, options)
  if (!ok) throw new Error(`${command}: ${lastLine(text)}`)
  return text
}
