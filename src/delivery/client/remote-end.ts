/** A host as it is connected to; `host` and `address` are what people are shown. */
export interface RemoteEnd {
  host: string
  address: string
}
