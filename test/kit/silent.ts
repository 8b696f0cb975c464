const nothing = (): void => undefined

/** A log that says nothing. */
export const silent = { info: nothing, warn: nothing, error: nothing }
