import { loadSettings } from '../config/load-settings.ts'
import { SettingsError } from '../config/settings-error.ts'
import { monotonicMs, second } from '../time/clock.ts'
import type { Say } from './voice.ts'

/** What is to follow an end that was asked for: nothing, or a start with the settings as they are then. */
export type WantedEnd = 'stopped' | 'again'

/** Under npm Ctrl-C arrives twice at once, from the terminal and from npm; only a later one means "hurry". */
const sameSignalMs = second

/**
 * Listens for the signals that end a relay. At the first one `asked` resolves and `signal` aborts; a later one calls the
 * function that `onHurry` was given. SIGUSR2 asks for a start anew; where the settings have become invalid `say` tells what
 * is wrong with them, and nothing ends. A signal to end that comes after it wins.
 */
export function stopSignals(say: Say) {
  const { promise: asked, resolve } = Promise.withResolvers<WantedEnd>()
  const controller = new AbortController()
  let wanted: WantedEnd = 'stopped'
  let hurry = (): void => undefined
  let askedAt: number | null = null
  const end = (how: WantedEnd): void => {
    wanted = how
    resolve(how)
    controller.abort()
  }
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(name, () => {
      end('stopped')
      askedAt ??= monotonicMs()
      if (monotonicMs() - askedAt > sameSignalMs) hurry()
    })
  }
  process.on('SIGUSR2', () => {
    if (!controller.signal.aborted && areSettingsValid(say)) end('again')
  })
  const onHurry = (call: () => void): void => {
    hurry = call
  }
  return { asked, signal: controller.signal, onHurry, wanted: () => wanted }
}

function areSettingsValid(say: Say): boolean {
  try {
    loadSettings()
    return true
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    say(
      `The relay goes on with the settings that it has, since those of now are not valid:\n${error.message}`,
    )
    return false
  }
}
