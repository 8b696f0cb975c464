import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unpackPackages } from './debian-packages.js'
import { ensure } from './ensure.js'
import {
  findProgram,
  inDraftFolder,
  isProgram,
  runProgram,
  say,
  timed,
  toolsFolder,
} from './project.js'

const redisFolder = join(toolsFolder, 'redis')

/**
 * Sees to a redis-server: the one on the PATH, or one in .tools. Debian's redis-tools carries the server's binary under
 * the name redis-check-rdb; started as redis-server it is the server. Where none can be had this says so and goes on:
 * whether one is needed is for the settings to say.
 */
export function ensureRedis() {
  try {
    ensure(isThere, fetchRedis)
  } catch (error) {
    say(`Redis could not be fetched: ${error.message}.`)
    say('To have one, type: sudo apt-get install redis-server')
  }
}

const isThere = () =>
  findProgram('redis-server') !== null || isServer(join(redisFolder, 'redis-server'))

function fetchRedis() {
  if (inDraftFolder(linkServer)) return
  timed('Redis is missing; fetching Debian’s redis-tools into .tools (1 to 3 MB)', () => {
    if (!inDraftFolder(unpackServer)) throw new Error('this redis-tools holds no server')
  })
}

/** Whether a file is a server that runs here, with all its libraries. */
const isServer = (file) =>
  isProgram(file) && runProgram(file, ['--version']).text.startsWith('Redis server')

/** redis-tools is installed already, without the server's name. */
function linkServer(draft) {
  const twin = findProgram('redis-check-rdb')
  if (twin === null) return false
  const ready = join(draft, 'ready')
  mkdirSync(ready)
  symlinkSync(twin, join(ready, 'redis-server'))
  return putInPlace(ready)
}

/** Libraries that the machine lacks are unpacked, too, and found through a wrapper. */
function unpackServer(draft) {
  const ready = join(draft, 'ready')
  const root = join(ready, 'root')
  const binaries = join(root, 'usr', 'bin')
  mkdirSync(binaries, { recursive: true })
  symlinkSync('redis-check-rdb', join(binaries, 'redis-server'))
  writeFileSync(join(ready, 'redis-server'), wrapper, { mode: 0o755 })
  unpackPackages('redis-tools', root, draft, () => isServer(join(ready, 'redis-server')))
  return putInPlace(ready)
}

const wrapper = `#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
for folder in "$root"/usr/lib/*-linux-gnu* "$root"/lib/*-linux-gnu*; do
  LD_LIBRARY_PATH=\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folder
done
export LD_LIBRARY_PATH
exec "$root/usr/bin/redis-server" "$@"
`

function putInPlace(ready) {
  if (!isServer(join(ready, 'redis-server'))) return false
  rmSync(redisFolder, { recursive: true, force: true })
  renameSync(ready, redisFolder)
  return true
}
