import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ConnectionWishes, connectionSettings } from './connection.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whisperrooms-connection-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function fileWith(text: string): string {
  const path = join(folder, 'file')
  writeFileSync(path, text)
  return path
}

const settingsOf = (wishes: Partial<ConnectionWishes>) =>
  connectionSettings({ tls: undefined, sasl: undefined, ...wishes }, { clock: () => 0 })

const files = { caFile: undefined, certFile: undefined, keyFile: undefined }
const scram = { mechanism: 'SCRAM-SHA-512', username: 'ada' } as const

test('nothing wished for is a plain connection', async () => {
  expect(await settingsOf({})).toEqual({ tls: undefined, sasl: undefined })
})

test('TLS without files trusts whom the system trusts', async () => {
  expect(await settingsOf({ tls: files })).toEqual({
    tls: { ca: undefined, cert: undefined, key: undefined },
    sasl: undefined,
  })
})

test('a password is what is given, or what a file holds without the end of its line', async () => {
  const given = await settingsOf({ sasl: { ...scram, password: { text: 'open sesame' } } })
  const held = await settingsOf({ sasl: { ...scram, password: { file: fileWith('open sesame\n') } } })
  expect(held.sasl).toEqual({ ...scram, password: 'open sesame' })
  expect(given).toEqual(held)
})

test('the token of a file is read when it is needed', async () => {
  const path = fileWith('early')
  const { sasl } = await settingsOf({ sasl: { mechanism: 'OAUTHBEARER', token: { file: path } } })
  writeFileSync(path, 'late')
  expect(sasl?.mechanism === 'OAUTHBEARER' && (await sasl.token())).toBe('late')
})

const absent = '/nowhere/canary'

test.each<[string, () => Partial<ConnectionWishes>]>([
  ['KAFKA_CA_FILE names a file that cannot be read (ENOENT)', () => ({ tls: { ...files, caFile: absent } })],
  ['KAFKA_CA_FILE names a file that holds no certificate', () => ({ tls: { ...files, caFile: fileWith('canary') } })],
  [
    'KAFKA_CERT_FILE names a file that holds no certificate',
    () => ({ tls: { ...files, certFile: fileWith('canary') } }),
  ],
  ['KAFKA_KEY_FILE names a file that holds no private key', () => ({ tls: { ...files, keyFile: fileWith('canary') } })],
  [
    'KAFKA_PASSWORD_FILE names a file that cannot be read (ENOENT)',
    () => ({ sasl: { ...scram, password: { file: absent } } }),
  ],
  [
    'KAFKA_PASSWORD_FILE names a file that is empty',
    () => ({ sasl: { ...scram, password: { file: fileWith('\n') } } }),
  ],
  [
    'KAFKA_CLIENT_SECRET_FILE names a file that cannot be read (ENOENT)',
    () => ({
      sasl: {
        mechanism: 'OAUTHBEARER',
        token: { url: 'https://id.example', clientId: 'x', clientSecret: { file: absent }, scope: undefined },
      },
    }),
  ],
])('%s', async (message, wishes) => {
  const failed = settingsOf(wishes())
  await expect(failed).rejects.toThrow(message)
  await expect(failed).rejects.not.toThrow('canary')
})
