/**
 * The one place that decides where a room's socket goes.
 *
 * @param base the gateway: `http(s)://` or `ws(s)://`, host, and where needed port and path
 * @throws TypeError when `base` is no such URL
 */
export function socketUrl(base: string, room: string): string {
  const url = base
    .replace(/^http/, 'ws')
    .replace(/[?#].*/, '')
    .replace(/\/+$/, '')
  if (!/^wss?:\/\/./.test(url)) throw new TypeError('The url must start with http(s):// or ws(s)://')
  return `${url}/ws/${room}`
}
