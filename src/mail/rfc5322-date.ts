const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** RFC 5322 §3.3 date-time in UTC: `Sun, 22 Nov 2026 07:03:02 +0000`. */
export function rfc5322Date(at: number): string {
  const date = new Date(at)
  const day = `${days[date.getUTCDay()] ?? ''}, ${date.getUTCDate()} ${months[date.getUTCMonth()] ?? ''}`
  const time = date.toISOString().slice(11, 19)
  return `${day} ${date.getUTCFullYear()} ${time} +0000`
}
