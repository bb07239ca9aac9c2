import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PACKAGES, packAll } from '../scripts/pack/pack-all.mjs'

const ROOT = join(import.meta.dirname, '..')
const run = promisify(execFile)

/** A project that has nothing of the repository but what was packed, and what that says it depends on. */
let project: string
const folderOf = (name: string): string => join(project, 'node_modules', '@whisperrooms', name)
const manifestOf = async (name: string) => JSON.parse(await readFile(join(folderOf(name), 'package.json'), 'utf8'))

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'whisperrooms-packages-'))
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }')
  const tarballs = await packAll(project)
  for (const [i, name] of PACKAGES.entries()) {
    await mkdir(folderOf(name), { recursive: true })
    await run('tar', ['-xzf', tarballs[i] ?? '', '-C', folderOf(name), '--strip-components=1'])
  }
  for (const name of PACKAGES) await installDependencies(name)
  await link('@types/node')
})
afterAll(() => rm(project, { recursive: true, force: true }))

async function installDependencies(name: string): Promise<void> {
  const { dependencies, optionalDependencies } = await manifestOf(name)
  const names = Object.keys({ ...dependencies, ...optionalDependencies })
  for (const dependency of names) if (!dependency.startsWith('@whisperrooms/')) await link(dependency)
}

async function link(dependency: string): Promise<void> {
  const path = join(project, 'node_modules', dependency)
  if (existsSync(path)) return
  await mkdir(join(path, '..'), { recursive: true })
  await symlink(join(ROOT, 'node_modules', dependency), path)
}

/** Runs a module in the project. @returns what it printed. */
async function runThere(source: string): Promise<string> {
  const file = join(project, 'run.mjs')
  await writeFile(file, source)
  const { stdout } = await run(process.execPath, [file], { cwd: project, env: { PATH: process.env['PATH'] } })
  return stdout.trim()
}

describe.each(PACKAGES)('@whisperrooms/%s', (name) => {
  test('publint has nothing to say of it', async () => {
    const { messages } = await publint({ pkgDir: folderOf(name), pack: false, strict: true })
    expect(messages).toEqual([])
  })

  test('has built code, types, a licence and a read-me, and nothing that is there for the repository', async () => {
    const { stdout } = await run('find', ['.', '-type', 'f'], { cwd: folderOf(name) })
    const files = stdout.trim().split('\n')
    expect(files).toEqual(expect.arrayContaining(['./LICENSE', './README.md', './package.json']))
    expect(
      files.filter((file) => !/^\.\/(?:LICENSE|README\.md|package\.json|dist\/|docs\/|page\/)/.test(file)),
    ).toEqual([])
    expect(files.filter((file) => /\.test\.|\/testing\/|-contract\.|(?<!\.d)\.ts$/.test(file))).toEqual([])
  })

  test('every entry of its manifest is a file, with types', async () => {
    const { exports: entries, bin, private: isPrivate, scripts } = await manifestOf(name)
    const named = Object.values({ ...entries, ...bin }).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry as object),
    )
    expect(named.length).toBeGreaterThan(1)
    expect(named.filter((file) => !existsSync(join(folderOf(name), file)))).toEqual([])
    expect([isPrivate, scripts]).toEqual([undefined, undefined])
  })

  test('all its entries can be imported', async () => {
    const { exports: entries } = await manifestOf(name)
    const specifiers = Object.keys(entries)
      .filter((entry) => entry !== './package.json')
      .map((entry) => `@whisperrooms/${name}${entry.slice(1)}`)
    const imports = specifiers.map((specifier) => `await import('${specifier}')`)
    expect(await runThere(`${imports.join('\n')}\nconsole.log('imported')`)).toBe('imported')
  })
})

test('a client of the packed kind talks in a room of a gateway of the packed kind', async () => {
  const said = await runThere(`
    import { connectRoom } from '@whisperrooms/client'
    import { start } from '@whisperrooms/server'
    import { readConfig } from '@whisperrooms/server/config'
    import { jsonLog } from '@whisperrooms/server/log'

    const gateway = await start(readConfig({ PORT: '0' }), jsonLog('silent'))
    const room = connectRoom(gateway.url, 'lunch', { name: 'Ada', create: {} })
    await room.send('Soup or salad?')
    const texts = room.getSnapshot().timeline.filter(({ kind }) => kind === 'message').map(({ text }) => text)
    const page = await (await fetch(gateway.url + '/r/lunch', { headers: { accept: 'text/html' } })).text()
    console.log(JSON.stringify({ texts, page: page.includes('<div id="root">') }))
    room.leave()
    await gateway.close()
    process.exit(0)
  `)
  expect(JSON.parse(said)).toEqual({
    texts: ['Soup or salad?'],
    page: existsSync(join(ROOT, 'packages/web/dist/index.html')),
  })
})

test('a gateway of the packed kind has its documents: the page, its style and both as JSON', async () => {
  const answers = await runThere(`
    import { start } from '@whisperrooms/server'
    import { readConfig } from '@whisperrooms/server/config'
    import { jsonLog } from '@whisperrooms/server/log'

    const gateway = await start(readConfig({ PORT: '0' }), jsonLog('silent'))
    const answers = {}
    for (const path of ['/docs', '/docs/style.css', '/docs/openapi.json', '/docs/asyncapi.json']) {
      const response = await fetch(gateway.url + path)
      answers[path] = [response.status, response.headers.get('content-type'), (await response.text()).length]
    }
    console.log(JSON.stringify(answers))
    process.exit(0)
  `)
  const docs = (name: string) => readFile(join(ROOT, 'docs', name), 'utf8')
  expect(JSON.parse(answers)).toEqual({
    '/docs': [200, 'text/html; charset=utf-8', expect.any(Number)],
    '/docs/style.css': [200, 'text/css; charset=utf-8', expect.any(Number)],
    '/docs/openapi.json': [200, expect.stringContaining('application/json'), (await docs('openapi.json')).length],
    '/docs/asyncapi.json': [200, expect.stringContaining('application/json'), (await docs('asyncapi.json')).length],
  })
})

test.each(PACKAGES)(
  'packages/%s is not packed as it lies in the repository: npm says what to do instead',
  async (name) => {
    const cwd = join(ROOT, 'packages', name)
    const packing = run('npm', ['pack', '--dry-run'], { cwd })
    await expect(packing).rejects.toMatchObject({ stderr: expect.stringContaining('npm run pack') })
    expect(JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8'))).toMatchObject({ private: true })
  },
)

describe('whoever is held to types by TypeScript gets them', () => {
  const PROGRAM = `
    import { connectRoom, type RoomSnapshot, WhisperError } from '@whisperrooms/client'
    import { comesBack, ERRORS, type ErrorCode } from '@whisperrooms/protocol'
    import { start, type RunningGateway } from '@whisperrooms/server'
    import { readConfig } from '@whisperrooms/server/config'
    import type { StageFactory } from '@whisperrooms/server/plugin'

    export const code: ErrorCode = 'room_locked'
    export const stays: boolean = comesBack(ERRORS[code].close)
    export const snapshotOf = (url: string): RoomSnapshot => connectRoom(url, 'lunch', { name: 'Ada' }).getSnapshot()
    export const isOurs = (error: unknown): boolean => error instanceof WhisperError
    export const run = (log: Parameters<typeof start>[1]): Promise<RunningGateway> => start(readConfig({}), log)
    export type Plugin = StageFactory
  `

  async function check(source: string): Promise<string> {
    await writeFile(join(project, 'program.ts'), source)
    await writeFile(
      join(project, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'nodenext',
          target: 'es2024',
          lib: ['es2024'],
          strict: true,
          noEmit: true,
          types: ['node'],
        },
        files: ['program.ts'],
      }),
    )
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    return run(process.execPath, [tsc, '-p', project], { cwd: project }).then(
      ({ stdout }) => stdout,
      ({ stdout }) => String(stdout),
    )
  }

  test('a right program passes, without leaving out the types of libraries', async () => {
    expect(await check(PROGRAM)).toBe('')
  })

  test('a wrong one does not', async () => {
    expect(await check(PROGRAM.replace("'room_locked'", "'no_such_code'"))).toContain('no_such_code')
  })
})
