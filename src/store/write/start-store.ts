import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { Channel } from '../../ipc/channel.ts'
import type { Frame } from '../../ipc/frames.ts'
import type { MachineClock } from '../../time/clock.ts'
import type { Ask, Handlers } from './asked.ts'
import type { TimeBounds } from './bound-times.ts'
import { isCarried, type CarriedKind } from './carry-out.ts'
import { Checkpoints } from './checkpoints.ts'
import type { Answer } from '../protocol/answers.ts'
import type { Command } from '../protocol/commands.ts'
import { dropHalfRestore } from '../file/exchange.ts'
import { asUnusable, isOfOneStatement, StoreUnusable } from '../file/faults.ts'
import type { FlightTrace } from './flight-trace.ts'
import { holdLock } from '../file/folder-lock.ts'
import { GroupCommit } from './group-commit.ts'
import { openAtHome } from '../file/open-at-home.ts'
import { openSessions } from './open-sessions.ts'
import { runningOperations } from './write-operation.ts'
import { Operations } from './operations.ts'
import { readRequest } from './read-request.ts'
import { Senders } from './senders.ts'
import { isSuspended, SpaceGuard, type Space } from './space-guard.ts'
import { Sweeps } from './sweeps.ts'
import { stateCommands } from './tell-state.ts'
import { TimeWatch } from './time-watch.ts'
import { theStore, type Retention } from './transaction.ts'
import { UploadOwners } from './uploads.ts'
import { watchStore } from './watch-store.ts'
import { brokenBy, Writer, type Committed } from './writer.ts'

export interface StoreOptions {
  databasePath: string
  socketPath: string
  lockPath: string
  ballastPath: string
  retention: Retention
  /** What times of rows are brought back to after a wrong clock. */
  bounds: TimeBounds
  clock: MachineClock
  log: {
    info(fields: object, text: string): void
    warn(fields: object, text: string): void
    error(fields: object, text: string): void
  }
  /** What can't be gone on from: the process must end at once, with no other answer and the store not closed. */
  onBroken: (error: unknown) => void
}

export interface RunningStore {
  close(): Promise<void>
}

/** Opens the store and serves it on a unix socket. @throws StoreUnusable */
export async function startStore(options: StoreOptions): Promise<RunningStore> {
  const lock = holdLock(options.lockPath)
  if (!lock) throw new StoreUnusable('another store process has this data folder')
  try {
    dropHalfRestore(options.databasePath)
    const server = new StoreServer(options)
    await server.listen()
    return {
      close: async () => {
        await server.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw asUnusable(error, options.databasePath)
  }
}

/** Those of all commands that are not carried out in a transaction alone. */
type AllHandlers = Handlers<Exclude<Command['kind'], CarriedKind>> & Partial<Handlers<CarriedKind>>

class StoreServer {
  readonly #options: StoreOptions
  readonly #time: TimeWatch
  readonly #writer: Writer
  readonly #groups: GroupCommit
  readonly #operations: Operations
  readonly #checkpoints: Checkpoints
  readonly #sweeps: Sweeps
  readonly #space: SpaceGuard
  readonly #server = createServer((socket) => this.#welcome(socket))
  readonly #channels = new Set<Channel>()
  readonly #uploads = new UploadOwners((upload) => this.#abandon(upload))
  readonly #senders: Senders
  readonly #trace: FlightTrace
  readonly #handlers: AllHandlers
  readonly #isKind = (kind: string): boolean =>
    isCarried(kind) || Object.hasOwn(this.#handlers, kind)
  #endWatch = (): void => undefined
  readonly #broken = (error: unknown): void =>
    this.#options.onBroken(asUnusable(error, this.#options.databasePath))

  readonly #onFault = (error: unknown): void =>
    this.#options.log.error({ err: error, event: 'store_fault' }, 'a command failed in the store')

  constructor(options: StoreOptions) {
    this.#options = options
    this.#time = new TimeWatch(options.clock, options.log)
    const { clock } = this.#time
    const connection = openAtHome({ ...options, clock })
    const { sessions, trace } = openSessions(connection, `${options.databasePath}-flight`, {
      onFault: (error) =>
        options.log.warn({ err: error }, 'what is in flight can’t be traced on disk'),
      onStale: this.#broken,
    })
    this.#trace = trace
    this.#writer = new Writer(connection, options.retention, clock, this.#onFault, sessions)
    this.#groups = new GroupCommit(this.#writer, {
      onCommitted: (committed, bytes) => {
        this.#space.took(bytes)
        this.#tell(committed)
      },
      onFull: () => this.#space.makeRoom(),
      onBroken: this.#broken,
    })
    const cutOff = runningOperations(this.#writer)
    this.#operations = new Operations(this.#groups, sessions.whenKnown, cutOff)
    const told = { ...options, onBroken: this.#broken }
    this.#checkpoints = new Checkpoints(this.#writer.connection, {
      ...told,
      isShort: () => !this.#groups.takesMail,
      hasRoom: () => this.#space.hasRoomForLog,
      onFull: () => this.#space.makeRoomForLog(),
      onCut: () => this.#space.look(),
      onStuck: () => this.#space.look(),
    })
    this.#space = new SpaceGuard({
      ...told,
      storeLog: this.#checkpoints,
      inFlight: () => this.#writer.memory.flight.size,
      onChange: (space) => this.#allow(space),
    })
    this.#sweeps = new Sweeps(this.#groups, {
      ...options,
      wantsContent: () => this.#checkpoints.isShortAllTheSame,
      isLogStuck: () => this.#checkpoints.isStuck,
    })
    this.#senders = new Senders({
      writer: this.#writer,
      groups: this.#groups,
      log: options.log,
      onLeft: () => this.#sweeps.cancelLeft(),
    })
    this.#handlers = this.#handlersOf()
  }

  async listen(): Promise<void> {
    const { socketPath, databasePath } = this.#options
    rmSync(socketPath, { force: true })
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(socketPath, resolve)
    })
    chmodSync(socketPath, 0o600)
    this.#time.begin(this.#writer.connection, this.#groups)
    this.#time.start()
    this.#sweeps.start()
    this.#senders.followers.awaitThoseFound()
    this.#endWatch = watchStore(databasePath, this.#writer, this.#groups, this.#time)
  }

  async close(): Promise<void> {
    this.#endWatch()
    const stopped = new Promise((resolve) => this.#server.close(resolve))
    this.#sweeps.stop()
    this.#time.stop()
    this.#operations.suspend()
    this.#space.stop()
    this.#senders.followers.close()
    await this.#groups.whenIdle()
    if (this.#groups.hasWaitingForRoom) {
      // After the stop nobody would know what became of it
      await this.#checkpoints.close()
      this.#space.look()
      this.#groups.tryAgain()
      await this.#groups.whenIdle()
    }
    this.#groups.end()
    for (const channel of this.#channels) {
      channel.flush()
      channel.destroy()
    }
    await stopped
    await this.#checkpoints.close()
    this.#trace.close()
    this.#writer.connection.close()
  }

  #allow(space: Space): void {
    const { begins: sentMail } = this.#groups
    this.#groups.allow(space)
    if (!sentMail && !isSuspended(space)) this.#senders.followers.tellToLook()
  }

  #welcome(socket: Socket): void {
    const channel = new Channel(
      socket,
      (frames) => this.#receive(channel, frames),
      () => {
        this.#channels.delete(channel)
        this.#senders.followers.lost(channel)
        this.#uploads.lost(channel)
      },
    )
    this.#channels.add(channel)
  }

  #receive(channel: Channel, frames: Frame[]): void {
    for (const { head, payload } of frames) {
      const request = readRequest(head, this.#isKind)
      if (!request) {
        // A fault of the other side must not be one of the store.
        this.#options.log.error({ event: 'no_command' }, 'a connection was cut: it sent no command')
        channel.destroy()
        return
      }
      const { id, by, command } = request
      const answer = (answer: Answer): void => {
        this.#uploads.answered(channel, command, answer)
        channel.send({ id, answer })
      }
      try {
        this.#handle(channel, { command, by, payload, answer })
      } catch (error) {
        if (!isOfOneStatement(error)) {
          this.#broken(brokenBy(error))
          return
        }
        this.#onFault(error)
        answer({ kind: 'fault', fault: String(error) })
      }
    }
  }

  #abandon(upload: number): void {
    const command = { kind: 'abandon', upload } as const
    this.#groups.add({ command, by: theStore, payload: Buffer.alloc(0), answer: () => undefined })
  }

  #handlersOf(): AllHandlers {
    const [writer, groups, operations] = [this.#writer, this.#groups, this.#operations]
    const [senders, time] = [this.#senders, this.#time]
    return {
      ...senders.commands,
      ...operations.commands,
      ...time.commands,
      ...stateCommands({ writer, groups, operations, senders, time }),
    }
  }

  #handle(channel: Channel, ask: Ask): void {
    const handle = this.#handlers[ask.command.kind]
    // Each takes an ask of its kind, which a look into a table can't say in types
    if (handle) handle(ask as never, channel)
    else this.#groups.add(ask)
  }

  /** After a commit: answers leave at once, whatever comes of the news to delivery, which goes after a client's 250. */
  #tell(committed: Committed): void {
    const { followers } = this.#senders
    try {
      followers.tell(committed.due)
    } finally {
      for (const channel of this.#channels) if (!followers.has(channel)) channel.flush()
    }
    this.#checkpoints.move()
  }
}
