/** A lane as its name says: the route, and with route `mx` the destination. */
export interface LaneName {
  route: string
  /** Empty where the lane takes mail to all destinations. */
  destination: string
}

const mxPrefix = 'mx:'

/** `mx:example.org`, or the route itself: no destination, whatever it is called, is taken for a route. */
export const laneName = (route: string, destination: string): string =>
  route === 'mx' ? mxPrefix + destination : route

export const readLaneName = (name: string): LaneName =>
  name.startsWith(mxPrefix)
    ? { route: 'mx', destination: name.slice(mxPrefix.length) }
    : { route: name, destination: '' }
