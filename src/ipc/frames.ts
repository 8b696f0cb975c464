/** On the wire: u32 length of head and payload, u32 length of the head, the head (JSON, UTF-8), the payload. */
export interface Frame {
  head: unknown
  payload: Buffer
}

/** Larger frames are a fault of the other side: a message's bytes travel in pieces. */
const maxFrameBytes = 8 * 1024 * 1024

const prefixBytes = 8

/** It was not sent: the other side would cut the connection, with all that others do on it. */
export class FrameTooLarge extends Error {
  override name = 'FrameTooLarge'
}

/** The buffers of one frame, ready to be written one after the other. @throws FrameTooLarge */
export function encodeFrame(head: unknown, payload: Uint8Array | null): Uint8Array[] {
  const json = Buffer.from(JSON.stringify(head))
  if (json.length + (payload?.length ?? 0) > maxFrameBytes) throw new FrameTooLarge()
  const prefix = Buffer.allocUnsafe(prefixBytes)
  prefix.writeUInt32BE(json.length + (payload?.length ?? 0), 0)
  prefix.writeUInt32BE(json.length, 4)
  return payload && payload.length > 0 ? [prefix, json, payload] : [prefix, json]
}

/** Cuts a stream of bytes into frames. `push` throws on a frame that can't be one; the socket must then be closed. */
export class FrameReader {
  #pending: Buffer[] = []
  #pendingBytes = 0
  #wanted = prefixBytes

  push(bytes: Buffer): Frame[] {
    this.#pending.push(bytes)
    this.#pendingBytes += bytes.length
    if (this.#pendingBytes < this.#wanted) return []
    let rest = this.#pending.length === 1 ? bytes : Buffer.concat(this.#pending, this.#pendingBytes)
    const frames: Frame[] = []
    for (;;) {
      this.#wanted = prefixBytes
      if (rest.length < prefixBytes) break
      const bodyBytes = rest.readUInt32BE(0)
      const headBytes = rest.readUInt32BE(4)
      if (bodyBytes > maxFrameBytes || headBytes > bodyBytes) throw new Error('malformed frame')
      this.#wanted = prefixBytes + bodyBytes
      if (rest.length < this.#wanted) break
      frames.push(decodeFrame(rest.subarray(prefixBytes, this.#wanted), headBytes))
      rest = rest.subarray(this.#wanted)
    }
    this.#pending = rest.length > 0 ? [rest] : []
    this.#pendingBytes = rest.length
    return frames
  }
}

const decodeFrame = (body: Buffer, headBytes: number): Frame => ({
  head: JSON.parse(body.toString('utf8', 0, headBytes)) as unknown,
  payload: body.subarray(headBytes),
})
