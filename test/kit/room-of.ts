/** The room that a file belongs to: a folder of `src`, each half of the store for itself, or `plugins`. */
export const roomOf = (path: string): string => {
  const [top = '', room = '', inner = ''] = path.split('/')
  if (top !== 'src') return top
  return room === 'store' ? `store/${inner}` : room
}

/** The folder of a room. */
export const folderOf = (room: string): string => (room === 'plugins' ? room : `src/${room}`)
