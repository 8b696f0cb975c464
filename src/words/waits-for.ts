/**
 * What keeps an open recipient from being due: a try that failed, a limit, a time that the submitting software asked for, the pace of
 * its provider, a pause, a look-up.
 */
export const waitReasons = ['retry', 'parked', 'scheduled', 'paced', 'paused', 'dns'] as const
export type WaitsFor = (typeof waitReasons)[number]
