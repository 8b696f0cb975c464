import type { StoreReader } from '../../src/store/protocol/reader.ts'
import type { EventView } from '../../src/store/protocol/views.ts'

/** Some events after one, as they are stored. */
export const readEvents = async (
  reader: Pick<StoreReader, 'events'>,
  after: number,
  limit: number,
): Promise<readonly EventView[]> => (await reader.events({ after, limit })).events
