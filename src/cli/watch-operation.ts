import { setTimeout as wait } from 'node:timers/promises'
import type { OperationResource } from '../operations/operation-resource.ts'
import type { OperationResult } from '../operations/operate.ts'
import { second } from '../time/clock.ts'
import type { ApiClient } from './api-client.ts'
import { Complaint } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'
import { counted } from './print.ts'

const firstLookMs = 50
const lastLookMs = 1 * second

/** Waits for the end of an operation. On a terminal, stderr shows how far it is. */
export async function watchOperation(
  api: ApiClient,
  io: Io,
  begun: OperationResource,
): Promise<OperationResult> {
  let operation = begun
  for (let pause = firstLookMs; operation.state === 'running';) {
    showProgress(io, operation)
    await wait(pause)
    pause = Math.min(pause * 2, lastLookMs)
    operation = await api.get<OperationResource>(`/operations/${begun.id}`)
  }
  if (io.err.isTTY === true) io.err.write(clearLine)
  if (operation.state === 'failed') {
    throw new Complaint(
      exitStatus.fault,
      `operation ${operation.id} failed after ${counted(operation.counts.recipients, 'recipient')}; store.log says why`,
    )
  }
  return operation.counts
}

/** Clears the line: back to the first column, erase the rest (ECMA-48 §8.3.41 EL). */
const clearLine = '\r\u001b[K'

function showProgress({ err }: Io, { id, counts }: OperationResource): void {
  if (err.isTTY !== true) return
  const done = `${counted(counts.recipients, 'recipient')} so far`
  err.write(
    `${clearLine}${done}; Ctrl-C ends only the watching; to stop the operation: sluice operations stop ${id}`,
  )
}
