/** Told what a host does, to tell one that stalls. */
export interface Watch {
  /** It said something, or took more of a message. */
  heard(): void
  /** It has the whole message. */
  hasMessage(): void
}

/** Told how a host keeps us waiting; whoever shares out connections may want this one for another host. */
export interface Greeting extends Watch {
  /** A connection to a host is being opened. `cut` ends the wait for the host's first word, as a failure with this cause. */
  awaitsGreeting(cut: (cause: string) => void): void
  /** The host said its first word. */
  greeted(): void
  /** What ends the wait from now on, whatever is waited for. */
  cutBy(cut: (cause: string) => void): void
  /** Why a wait was cut off; null where none was. No other address is to be tried then. */
  readonly cutCause: string | null
}
