/** What was called on one way through the relay: added up and as a table. */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ProcessName } from '../../kit/relay-process.ts'
import type { Called } from './counting.ts'

/** By process, once through. */
export type Calls = ReadonlyMap<ProcessName, readonly Called[]>

interface FunctionOnWay {
  process: ProcessName
  name: string
  line: number
  calls: number
}

interface FileOnWay {
  file: string
  calls: number
  functions: FunctionOnWay[]
}

export interface Way {
  way: string
  files: number
  calls: number
  /** Commands that were sent to the store. */
  round_trips: number
  by_file: FileOnWay[]
}

/** The function that makes each frame that goes to another process. */
const frameMaker = 'encodeFrame'

/** Of each function the fewest calls of all times through: what timers call beside is not on the way. */
function alwaysCalled(times: readonly Calls[]): { process: ProcessName; called: Called }[] {
  const [first, ...others] = times.map(
    (calls) =>
      new Map(
        [...calls].flatMap(([process, all]) =>
          all.map((called) => [`${process} ${called.file} ${called.at}`, { process, called }]),
        ),
      ),
  )
  return [...(first ?? [])].flatMap(([key, { process, called }]) => {
    const calls = Math.min(
      ...[called, ...others.map((other) => other.get(key)?.called)].map((one) => one?.calls ?? 0),
    )
    return calls > 0 ? [{ process, called: { ...called, calls } }] : []
  })
}

export function addUp(way: string, root: string, times: readonly Calls[]): Way {
  const byFile = new Map<string, FileOnWay>()
  for (const { process, called } of alwaysCalled(times)) {
    const path = fileURLToPath(called.file)
    const file = relative(root, path)
    if (!/^(?:src|plugins)\//.test(file)) continue
    const entry = byFile.get(file) ?? { file, calls: 0, functions: [] }
    const line = readFileSync(path, 'utf8').slice(0, called.at).split('\n').length
    entry.calls += called.calls
    entry.functions.push({ process, name: called.name, line, calls: called.calls })
    byFile.set(file, entry)
  }
  const files = [...byFile.values()].sort((a, b) => (a.file < b.file ? -1 : 1))
  const functions = files.flatMap((file) => file.functions)
  const sum = (some: readonly { calls: number }[]) =>
    some.reduce((all, { calls }) => all + calls, 0)
  return {
    way,
    files: files.length,
    calls: sum(functions),
    round_trips: sum(
      functions.filter(({ process, name }) => process !== 'store' && name === frameMaker),
    ),
    by_file: files,
  }
}

/** As aligned text; `list`: with each function. */
export function describeCalls(
  { way, files, calls, round_trips, by_file }: Way,
  list: boolean,
): string {
  const rows = by_file.flatMap(({ file, calls, functions }) => [
    `${String(calls).padStart(6)}  ${file}`,
    ...(list
      ? functions.map(
          ({ process, name, line, calls }) =>
            `${String(calls).padStart(12)}  ${process} :${line} ${name || '(no name)'}`,
        )
      : []),
  ])
  return [
    '',
    `${way}: ${files} files, ${calls} calls, ${round_trips} round trips to the store`,
    ...rows,
  ].join('\n')
}
