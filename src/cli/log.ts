import { readdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadSettings } from '../config/load-settings.ts'
import { dataPaths } from '../config/paths.ts'
import { logPath } from '../log/log-file.ts'
import { LogTrail, mergeTrails, type LogLine, type PickLine } from '../log/log-trail.ts'
import { lineMatching, parseWanted, type Wanted } from '../log/pick-lines.ts'
import { rfc3339, systemClock } from '../time/clock.ts'
import { parseDuration } from '../time/duration.ts'
import { Complaint, complaining, readArgs } from './complaint.ts'
import { describeLogLine } from './describe-log-line.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'
import { printable } from './print.ts'

export const usage = `usage: sluice log [ID | ADDRESS | *@DOMAIN] [options]
  without an argument: the lines about all mail
options:
  --since AGE     only lines of this age at most, such as 30m, 4h or 2d
  --all           also lines that are not about mail: starts, faults, requests to the API
  -f, --follow    go on as lines are written, until Ctrl-C
  --json          the lines as they are in the log files, one JSON object each`

const options = {
  since: { type: 'string' },
  all: { type: 'boolean' },
  follow: { type: 'boolean', short: 'f' },
  json: { type: 'boolean' },
} as const

const lookEveryMs = 250
/** Characters that are collected for one write. */
const writtenAtOnce = 64 * 1024
/** With --follow, a log that does not exist yet may appear. */
const processNames = ['supervisor', 'store', 'smtp', 'delivery', 'api']

/** `sluice log`: what the logs of all processes say about mail, in the order of time; also while the relay is stopped. */
export const run = complaining(async (args: string[], io: Io): Promise<number> => {
  const { values, positionals } = readArgs(args, options, usage)
  const wanted = readWanted(positionals, values.all === true)
  const since = readSince(values.since)
  const { logDir } = dataPaths(loadSettings().dataDir)
  const pick = lineMatching(wanted, rfc3339(since))
  const begins: string[] = []
  const trails = (await logNames(logDir)).map(
    (name) => new LogTrail(logPath(logDir, name), notingBegin(pick, begins)),
  )
  const describe = ({ text, record }: LogLine): string =>
    values.json ? printable(text) : describeLogLine({ record }, io.out)
  let found = false
  try {
    for (const trail of trails) await trail.open(since)
    do {
      let text = ''
      for await (const line of mergeTrails(trails)) {
        found = true
        text += `${describe(line)}\n`
        if (text.length < writtenAtOnce) continue
        io.out.write(text)
        text = ''
      }
      if (text !== '') io.out.write(text)
      if (values.follow) await sleep(lookEveryMs)
    } while (values.follow)
  } finally {
    for (const trail of trails) await trail.close()
  }
  if (found) return exitStatus.ok
  throw new Complaint(exitStatus.no, nothingFound(wanted, logDir, since, begins))
})

/** Notes the time of the first line that has one: so far back a log goes. */
function notingBegin(pick: PickLine, begins: string[]): PickLine {
  let known = false
  return (text) => {
    const time = known ? undefined : /"time":"([^"]+)"/.exec(text)?.[1]
    if (time !== undefined) {
      known = true
      begins.push(time)
    }
    return pick(text)
  }
}

/** What was looked for, where, and since when: nothing is no answer while nobody knows how far the logs go back. */
function nothingFound(wanted: Wanted, folder: string, since: number, begins: string[]): string {
  const what = describeWanted(wanted)
  const [first] = begins.sort()
  if (since > 0) return `${what} is not in the logs in ${folder} since ${rfc3339(since)}`
  if (first === undefined) return `${what} is not in the logs: there are none in ${folder}`
  return `${what} is not in the logs in ${folder}, which begin at ${first}`
}

function describeWanted(wanted: Wanted): string {
  switch (wanted.kind) {
    case 'message':
      return `message ${wanted.id}`
    case 'address':
      return `mail from or to ${wanted.address}`
    case 'mail':
      return 'any mail'
    case 'all':
      return 'any line'
  }
}

function readWanted(positionals: readonly string[], all: boolean): Wanted {
  const [text, tooMany] = positionals
  if (tooMany !== undefined) {
    throw new Complaint(exitStatus.usage, `unexpected argument "${tooMany}"\n${usage}`)
  }
  if (all && text !== undefined) {
    throw new Complaint(exitStatus.usage, `--all does not go with "${text}"\n${usage}`)
  }
  const wanted = all ? ({ kind: 'all' } as const) : parseWanted(text)
  if (wanted) return wanted
  throw new Complaint(
    exitStatus.usage,
    `invalid argument "${text}": neither a message id nor an address\n${usage}`,
  )
}

function readSince(age: string | undefined): number {
  if (age === undefined) return 0
  const ms = parseDuration(age)
  if (ms !== undefined) return Math.max(0, systemClock.now() - ms)
  throw new Complaint(
    exitStatus.usage,
    `invalid duration "${age}": use for example 30s, 5m, 4h or 2d\n${usage}`,
  )
}

/** The names of the logs in the folder. */
async function logNames(folder: string): Promise<string[]> {
  const found = (await filesIn(folder)).flatMap(
    (file) => /^([a-z]+)\.log(?:\.\d+)?$/.exec(file)?.[1] ?? [],
  )
  return [...new Set([...processNames, ...found])]
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    if (code !== 'EACCES') throw error
    throw new Complaint(
      exitStatus.denied,
      `${folder} is closed to this user; be the user that the relay runs as.`,
    )
  }
}
