/** Parts that a wait is cut into, each followed by a turn of the event loop. */
const parts = 10

/**
 * Calls `onOut` when others were silent for so long while this process could have heard them. A stall of the process
 * itself, however long, counts as one tenth of the wait: what came meanwhile is read before the next tenth begins.
 * @returns ends the wait
 */
export function patience(ms: number, onOut: () => void): () => void {
  let timer: NodeJS.Timeout
  const wait = (left: number): void => {
    timer = setTimeout(() => (left > 1 ? wait(left - 1) : onOut()), ms / parts)
  }
  wait(parts)
  return () => clearTimeout(timer)
}
