import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { VARIABLES } from './config.ts'
import { ConfigError, type Environment } from './environment.ts'
import { flagOf, gatherSettings, isSecret } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'wr-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileWith(...lines: string[]): string {
  const path = join(folder, `${Math.random()}`)
  writeFileSync(path, lines.join('\n'))
  return path
}

function mistakesIn(flags: readonly string[], environment: Environment = {}): readonly string[] {
  try {
    gatherSettings(flags, environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
  return []
}

test('every setting is a flag by its name, but for secrets', () => {
  for (const name of Object.keys(VARIABLES)) {
    if (isSecret(name) || name === 'WR_CONFIG') continue
    expect(gatherSettings([flagOf(name), '7'], {}), name).toEqual({ [name]: '7' })
    expect(gatherSettings([`${flagOf(name)}=7`], {}), name).toEqual({ [name]: '7' })
  }
})

test('a flag counts before the environment, and that before the file', () => {
  const config = fileWith('# ours', '', 'PORT=1', 'HOST=1', 'WR_LINGER=1', 'WR_SECRET=a = b # c')
  const environment = { PORT: '2', HOST: '2', WR_LINGER: '', WR_CONFIG: config }
  expect(gatherSettings(['--port', '3'], environment)).toEqual({
    PORT: '3',
    HOST: '2',
    WR_LINGER: '1',
    WR_SECRET: 'a = b # c',
    WR_CONFIG: config,
  })
  const other = fileWith('WR_LINGER=4')
  expect(gatherSettings([`--config=${other}`], environment)).toMatchObject({ WR_LINGER: '4', WR_CONFIG: other })
  expect(gatherSettings(['--wr-config', other], {})).toMatchObject({ WR_LINGER: '4' })
})

describe('a secret and its file are one setting', () => {
  test('the higher source counts, whichever of the two it has', () => {
    const secret = { WR_CONFIG: fileWith('WR_SECRET=low') }
    expect(gatherSettings([], { ...secret, WR_SECRET_FILE: '/high' })).toEqual({ ...secret, WR_SECRET_FILE: '/high' })
    const file = { WR_CONFIG: fileWith('WR_SECRET_FILE=/low') }
    expect(gatherSettings([], { ...file, WR_SECRET: 'high' })).toEqual({ ...file, WR_SECRET: 'high' })
    expect(gatherSettings(['--wr-secret-file=/high'], { WR_SECRET: 'low' })).toEqual({ WR_SECRET_FILE: '/high' })
  })

  test('both in one source are left for readConfig to refuse', () => {
    const both = { WR_SECRET: 'one', WR_SECRET_FILE: '/other' }
    expect(gatherSettings([], both)).toEqual(both)
  })
})

test('a flag without a value hides nothing', () => {
  expect(gatherSettings(['--port='], { PORT: '2' })).toEqual({ PORT: '2' })
})

describe('mistakes are told all at once, and repeat no value', () => {
  test('of flags, environment, file and values', () => {
    const file = fileWith('canary', 'WR_LINGER=canary')
    const flags = ['--port=canary', '--bogus', '--wr-secret=canary']
    expect(mistakesIn(flags, { WR_CONFIG: file, WR_TTL_MIN: 'canary' })).toEqual([
      '--bogus is not a setting',
      '--wr-secret must not be a flag, which others can see: set WR_SECRET or WR_SECRET_FILE',
      'Line 1 of the file that WR_CONFIG names is not NAME=value',
      'PORT must be a whole number from 0 to 65535',
      'WR_TTL_MIN must be a whole number of seconds, without a unit, from 1 to 86400',
      'WR_LINGER must be a whole number of seconds, without a unit, from 1 to 86400',
    ])
  })

  test('of flags', () => {
    const flags = [
      '--portt=canary',
      '--port=1',
      '--port=2',
      '--wr-secret=canary',
      'canary',
      '-p',
      '--host',
      '--canary',
      '--wr-linger',
    ]
    expect(mistakesIn(flags)).toEqual([
      '--portt is not a setting',
      '--port is given twice',
      '--wr-secret must not be a flag, which others can see: set WR_SECRET or WR_SECRET_FILE',
      'The command line has a word too many',
      '-p is not a setting',
      '--host needs a value',
      '--wr-linger needs a value',
    ])
  })

  test('of the file', () => {
    const lines = ['canary', 'PORT=1', 'PORT=2', 'KAFKA_CANARY=1', 'HOST="canary"', 'WR_CONFIG=canary', ' HOST=canary']
    expect(mistakesIn([], { WR_CONFIG: fileWith(...lines) })).toEqual([
      'Line 1 of the file that WR_CONFIG names is not NAME=value',
      'Line 3 of the file that WR_CONFIG names sets PORT again',
      'Line 4 of the file that WR_CONFIG names names KAFKA_CANARY, which is not a setting',
      'Line 5 of the file that WR_CONFIG names has HOST in quotes: they would be part of the value',
      'Line 6 of the file that WR_CONFIG names names WR_CONFIG, which must not stand in it',
      'Line 7 of the file that WR_CONFIG names is not NAME=value',
    ])
  })

  test('a file that is not there', () => {
    expect(mistakesIn(['--config', join(folder, 'canary')])).toEqual([
      'WR_CONFIG names a file that cannot be read (ENOENT)',
    ])
  })
})
