/**
 * A small store in a process of its own, to be killed: it takes commands from its parent's socket client, and prints
 * a line when it listens. It ends with its standard input.
 */
import { join } from 'node:path'
import { startStore } from '../../../../src/store/write/start-store.ts'
import { systemClock } from '../../../../src/time/clock.ts'
import { bounds, keepAll } from '../../../kit/store.ts'

const folder = process.argv[2] ?? ''
const nothing = () => undefined
await startStore({
  databasePath: join(folder, 'sluice.db'),
  socketPath: join(folder, 'store.sock'),
  lockPath: join(folder, 'store.lock'),
  ballastPath: join(folder, 'ballast'),
  retention: keepAll,
  bounds,
  clock: systemClock,
  log: { info: nothing, warn: nothing, error: nothing },
  onBroken: (error) => {
    console.error(error)
    process.exit(1)
  },
})
process.stdin.resume().on('end', () => process.exit())
console.log('listening')
