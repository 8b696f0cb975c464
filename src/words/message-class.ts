/** 0 transactional, 1 bulk: the lower goes before the higher in the same lane. */
export type MessageClass = 0 | 1
/** What a message is taken for that says nothing of itself. */
export const bulk = 1
