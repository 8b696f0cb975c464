/** The filled store, made once and copied for each measurement, and Sluice started on a copy. */
import { DatabaseSync } from 'node:sqlite'
import { chmodSync, cpSync, constants, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { dataPaths } from '../../../src/config/paths.ts'
import { systemClock } from '../../../src/time/clock.ts'
import { schemaVersion } from '../../../src/store/file/migrations.ts'
import { freePort } from '../ports.ts'
import { shapes } from '../shapes.ts'
import type { Ground } from '../sides/side.ts'
import { fillStore, withStore, type Fill } from './fill.ts'
import { populationOver } from './population.ts'

export interface ScaleOptions {
  settled: number
  open: number
  /** Messages a second that come in meanwhile. */
  rate: number
  folder: string
  /** Open mail is bound to its route: the sink always listens here. */
  sinkPort: number
  /** Keep the filled store for the next time. */
  keep: boolean
}

export type Say = (text: string) => void

/** What the store of `scale` is filled with. */
export const scalePopulation = populationOver(2000)

/** The folder of the filled store; made when it isn't there. */
export function ensureFilled(
  options: ScaleOptions,
  say: Say,
  signal: AbortSignal,
): Promise<string> {
  const { settled, open, sinkPort } = options
  const fill: Fill = {
    ...{ settled, open, population: scalePopulation, openLines: 51 },
    route: `smtp://127.0.0.1:${String(sinkPort)}`,
  }
  return ensureFilledWith(fill, String(sinkPort), options.folder, say, signal)
}

/** The same with any fill; `kind` tells apart what differs in more than its numbers. */
export async function ensureFilledWith(
  fill: Fill,
  kind: string,
  folder: string,
  say: Say,
  signal: AbortSignal,
): Promise<string> {
  const name = [schemaVersion, fill.settled, fill.open, kind].join('-')
  const filled = join(folder, `sluice-filled-${name}`)
  if (existsSync(filled)) return filled
  const draft = `${filled}.${String(process.pid)}`
  try {
    await fillStore(draft, fill, say, signal)
    rmSync(join(draft, 'ballast'), { force: true })
    renameSync(draft, filled)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
  return filled
}

/** The filled store, copied to where a relay may work on it, which must not take it for a copy: it would hold all mail. */
export function copyFilled(filled: string, dataDir: string): void {
  cpSync(filled, dataDir, { recursive: true, mode: constants.COPYFILE_FICLONE })
  // A relay refuses a folder that is open to others
  chmodSync(dataDir, 0o700)
  const store = new DatabaseSync(dataPaths(dataDir).database)
  store.exec('DELETE FROM home')
  store.close()
}

/** An empty place for one run, with a copy of the filled store in it where there is one. */
export async function makeGround(
  name: string,
  filled: string | null,
  options: ScaleOptions,
  signal: AbortSignal,
): Promise<Ground> {
  const folder = join(options.folder, `sluice-scale-${String(process.pid)}-${name}`)
  mkdirSync(folder)
  if (filled !== null) copyFilled(filled, join(folder, 'data'))
  const port = await freePort()
  const { sinkPort } = options
  return { folder, shape: shapes.small, port, sinkPort, resolver: '', signal }
}

/** Makes everything that is deferred due now. */
export const makeDue = (dataDir: string): Promise<void> =>
  withStore(dataDir, systemClock, async (client) => {
    const answer = await client.send({
      kind: 'operate',
      action: 'retry',
      filter: {},
      party: 'operator',
      reason: null,
      until: null,
      dryRun: false,
    })
    if (answer.kind !== 'operated') throw new Error(`the store answered ${answer.kind} to retry`)
  })
