import type { Shape } from '../shapes.ts'

/** A mail relay under test: started in a folder of its own, relaying for loopback to the sinks. */
export interface Side {
  /** Where it takes mail, on 127.0.0.1. */
  readonly port: number
  /** Name and number, as it says itself. */
  readonly version: string
  /** What stands on disk when it answers 250. */
  readonly fsync: string
  /** The processes whose CPU and memory count, with all their descendants. */
  readonly roots: readonly number[]
  [Symbol.asyncDispose](): Promise<void>
}

export interface Ground {
  /** Folder of this side, empty, on the disk under test, open to others for passing through. */
  folder: string
  shape: Shape
  /** Where it shall take mail, on 127.0.0.1. */
  port: number
  /** Port of all sinks. */
  sinkPort: number
  /** Stub resolver that knows the destinations of `fanout`, as address:port. */
  resolver: string
  signal: AbortSignal
}
