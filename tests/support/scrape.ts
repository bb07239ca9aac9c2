/** The samples of `/metrics`, by name and labels as they stand there. */
export async function scrape(url: string, token?: string): Promise<ReadonlyMap<string, number>> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(url, { headers })
  if (response.status !== 200) throw new Error(`/metrics was answered with ${response.status}`)
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}
