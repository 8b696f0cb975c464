/**
 * Writes an internationalized address in ASCII as the `utf-8` address type wants it where only ASCII may stand:
 * `\x{HEX}` for each character that isn't plain (RFC 6533 §3, utf-8-addr-xtext).
 */
export const encodeUtf8Address = (address: string): string =>
  Array.from(address, (character) =>
    /[!-*,-<>-[\]-~]/.test(character) ? character : `\\x{${hexPoint(character)}}`,
  ).join('')

const hexPoint = (character: string): string =>
  (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')
