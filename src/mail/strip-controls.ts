/** Without C0 and C1 control characters, line and paragraph separators: what can be put on one line anywhere. */
export const stripControls = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  text.replaceAll(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, ' ')
