import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { shapeNames, type ShapeName } from './shapes.ts'

export const sideNames = ['sluice', 'postfix-tuned', 'postfix', 'haraka'] as const
/** Sluice as it was: another checkout of it, which `--before` names. */
export const before = 'before'
export type SideName = (typeof sideNames)[number] | typeof before

export interface BenchOptions {
  shapes: ShapeName[]
  sides: SideName[]
  /** Root of that checkout; null where it is no side. */
  before: string | null
  rounds: number
  /** Least length of a round. */
  seconds: number
  json: boolean
  /** Folder on the disk to measure. */
  folder: string
  /** Leave what the sides kept, logs too. */
  keep: boolean
}

/** The command line can't be understood; the text says what may be written. */
export class UsageError extends Error {
  override name = 'UsageError'
}

function listOf<Name extends string>(text: string, known: readonly Name[], option: string): Name[] {
  const names = text.split(',').map((name) => name.trim())
  return names.map((name) => {
    const found = known.find((candidate) => candidate === name)
    if (!found) throw new UsageError(`--${option}: no "${name}"; there are ${known.join(', ')}`)
    return found
  })
}

function countOf(text: string, option: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`--${option}: "${text}" is no count`)
  return Number(text)
}

export function parseOptions(args: string[]): BenchOptions {
  let values
  try {
    values = parseArgs({
      args,
      options: {
        shapes: { type: 'string', default: shapeNames.join(',') },
        sides: { type: 'string', default: sideNames.join(',') },
        before: { type: 'string' },
        rounds: { type: 'string', default: '3' },
        seconds: { type: 'string', default: '30' },
        folder: { type: 'string', default: '/var/tmp' },
        keep: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  const sides = listOf(values.sides, sideNames, 'sides')
  return {
    shapes: listOf(values.shapes, shapeNames, 'shapes'),
    sides: values.before === undefined ? sides : [...sides, before],
    before: values.before === undefined ? null : resolve(values.before),
    rounds: countOf(values.rounds, 'rounds'),
    seconds: countOf(values.seconds, 'seconds'),
    json: values.json,
    folder: values.folder,
    keep: values.keep,
  }
}
