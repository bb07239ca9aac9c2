import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fileToken, grantedToken } from './tokens.ts'

describe('a token in a file', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'whisperrooms-token-'))
    file = join(folder, 'token')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('is read anew whenever one is needed', async () => {
    const token = fileToken(file)
    writeFileSync(file, 'first.one\n')
    expect(await token()).toBe('first.one')
    writeFileSync(file, 'second.one')
    expect(await token()).toBe('second.one')
  })

  test('that is not there, or is no token, is an error that names the variable and not the file', async () => {
    const token = fileToken(file)
    await expect(token()).rejects.toThrow('KAFKA_TOKEN_FILE names a file that cannot be read (ENOENT)')
    for (const text of ['', 'can ary', 'canary\u0001auth=other']) {
      writeFileSync(file, text)
      await expect(token()).rejects.toMatchObject({ code: 'unusable_file', variable: 'KAFKA_TOKEN_FILE' })
      await expect(token()).rejects.not.toThrow('canary')
    }
  })
})

describe('a token that is granted', () => {
  let nowMs: number
  let asked: Request[]
  let answer: () => Response | Promise<Response>
  beforeEach(() => {
    nowMs = 1_000
    asked = []
    answer = () => Response.json({ access_token: `token-${asked.length}`, expires_in: 100 })
  })

  const granted = (scope?: string) =>
    grantedToken({
      url: 'https://id.example/token',
      clientId: 'a gateway',
      clientSecret: 'secret:%',
      scope,
      clock: () => nowMs,
      async fetch(input, init) {
        asked.push(new Request(input, init))
        return answer()
      },
    })

  test('is asked for with the credentials of the client', async () => {
    expect(await granted('kafka')()).toBe('token-1')
    expect(asked[0]?.method).toBe('POST')
    expect(asked[0]?.headers.get('authorization')).toBe(`Basic ${btoa('a+gateway:secret%3A%25')}`)
    expect(await asked[0]?.text()).toBe('grant_type=client_credentials&scope=kafka')
  })

  test('is used for four fifths of its life', async () => {
    const token = granted()
    expect(await token()).toBe('token-1')
    nowMs += 79_999
    expect(await token()).toBe('token-1')
    nowMs += 1
    expect(await token()).toBe('token-2')
  })

  test('is asked for each time when nobody says how long it lives', async () => {
    answer = () => Response.json({ access_token: `token-${asked.length}` })
    const token = granted()
    expect([await token(), await token()]).toEqual(['token-1', 'token-2'])
  })

  test('is asked for once by all who need one at the same time', async () => {
    const token = granted()
    expect(await Promise.all([token(), token()])).toEqual(['token-1', 'token-1'])
    expect(asked).toHaveLength(1)
  })

  test.each<[string, () => Response]>([
    ['answers with status 401', () => Response.json({ error: 'canary' }, { status: 401 })],
    ['grants no bearer token', () => new Response('canary')],
    ['grants no bearer token', () => Response.json({ access_token: 'can ary' })],
    [
      'does not answer',
      () => {
        throw new TypeError('canary')
      },
    ],
  ])('that is refused is an error: it %s', async (words, refuse) => {
    const token = granted()
    answer = refuse
    await expect(token()).rejects.toMatchObject({ code: 'no_token', message: `KAFKA_TOKEN_URL ${words}` })
    answer = () => Response.json({ access_token: 'at-last', expires_in: 100 })
    expect(await token()).toBe('at-last')
  })
})
