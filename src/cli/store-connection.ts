import { dataPaths } from '../config/paths.ts'
import { within } from '../time/within.ts'
import { StoreFault } from '../operations/ask-store.ts'
import type { Unavailable } from '../store/protocol/answers.ts'
import { StoreClient, StoreLost } from '../store/protocol/client.ts'
import { second } from '../time/clock.ts'
import { Complaint } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'
import { findOwnRelay } from './own-relay.ts'

const connectMs = 3 * second

/**
 * Works on the store of this machine's relay, past the API: who may open its socket is the operator. The relay must
 * run, as nobody else writes.
 */
export async function withStore<T>(io: Io, work: (store: StoreClient) => Promise<T>): Promise<T> {
  const { dataDir } = findOwnRelay(io)
  const store = new StoreClient({
    socketPath: dataPaths(dataDir).storeSocket,
    principal: { kind: 'party', id: 'operator' },
  })
  try {
    const connected = await within(
      connectMs,
      store.whenConnected().then(() => true),
    )
    if (!connected) throw notRunning(dataDir)
    return await work(store)
  } catch (error) {
    if (error instanceof StoreFault) {
      throw new Complaint(exitStatus.fault, `the store failed, by a bug: ${error.message}`)
    }
    if (!(error instanceof StoreLost)) throw error
    throw new Complaint(
      exitStatus.unavailable,
      'the store went away before it answered; try again.',
    )
  } finally {
    store.close()
  }
}

/** Why the store did not take a command. */
export const nothingChanged = (cause: Unavailable['cause']): Complaint =>
  new Complaint(exitStatus.unavailable, `nothing was changed: ${causes[cause]}`)

const causes: Readonly<Record<Unavailable['cause'], string>> = {
  'disk full': 'free space is short; sluice status says more',
  deadline: 'the store is busy; try again',
  'store away': 'the store went away; try again',
}

const notRunning = (dataDir: string): Complaint =>
  new Complaint(
    exitStatus.unavailable,
    `no relay with a STARTTLS listener runs on ${dataDir}: start it (systemctl start sluice, or npm start), or set submission.listen`,
  )
