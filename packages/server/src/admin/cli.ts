import { parseArgs } from 'node:util'
import { ADMIN_VARIABLES } from '../admin-config.ts'
import type { Run } from '../cli/commands.ts'
import { ConfigError, type Environment, secretValue } from '../environment.ts'
import { type AdminRequest, readRequest } from './cli-request.ts'

/** How long a gateway may take to answer, in milliseconds. */
const ANSWER_MS = 15_000

export const ADMIN_USAGE = `whisperrooms admin <action> [--url URL]

  status                     who is connected and what is held, in numbers
  close ROOM                 everybody is out, and the room cannot be made again for a while
  burn ROOM                  remove every message
  lock ROOM, unlock ROOM     let nobody new in, or again
  block ADDRESS SECONDS      shut out an address or a prefix: 203.0.113.7, 203.0.113.0/24, 2001:db8::/48
  unblock ADDRESS            let it in again
  read-only on|off           take no new messages

  --url URL                  the gateway, by default http://localhost:PORT. It may be given several times: what
                             is done to rooms goes to the first of them, all else to each.

The token is taken from WR_ADMIN_TOKEN, or from the file that WR_ADMIN_TOKEN_FILE names.
`

/** Where the command writes. */
export interface Output {
  readonly out: (text: string) => unknown
  readonly err: (text: string) => unknown
}

const STANDARD: Output = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
}

/**
 * `whisperrooms admin …`: what the operator's API can do, from a shell.
 *
 * @param args what stands behind `admin`.
 * @returns the exit code: 0 done, 1 refused or not reached, 2 not understood.
 */
export async function adminCommand(args: readonly string[], env: Environment, output = STANDARD): Promise<number> {
  const read = readCommand(args)
  if (read === undefined) {
    output.err(ADMIN_USAGE)
    return 2
  }
  if (read === 'help') {
    output.out(ADMIN_USAGE)
    return 0
  }
  const token = tokenOf(env, output)
  if (token === undefined) return 2
  const urls = read.urls.length > 0 ? read.urls : [`http://localhost:${env['PORT'] || '8080'}`]
  let isDone = true
  for (const url of read.request.isOfRoom ? urls.slice(0, 1) : urls)
    isDone = (await send(url, token, read.request, output)) && isDone
  return isDone ? 0 : 1
}

/** The same as one of the program's commands. */
export const admin: Run = (words, { env, stdout, stderr }) =>
  adminCommand(words, env, { out: (text) => stdout.write(text), err: (text) => stderr.write(text) })

interface Command {
  readonly request: AdminRequest
  readonly urls: readonly string[]
}

function readCommand(args: readonly string[]): Command | 'help' | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { url: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h' } },
    })
    if (values.help === true) return 'help'
    const request = readRequest(positionals)
    const urls = values.url ?? []
    return request === undefined || !urls.every(isHttp) ? undefined : { request, urls }
  } catch {
    return undefined
  }
}

const isHttp = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)

function tokenOf(env: Environment, { err }: Output): string | undefined {
  try {
    const token = secretValue(env, 'WR_ADMIN_TOKEN', ADMIN_VARIABLES.WR_ADMIN_TOKEN)
    if (token === undefined) err('WR_ADMIN_TOKEN or WR_ADMIN_TOKEN_FILE must be set\n')
    return token
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    err(`${error.message}\n`)
    return undefined
  }
}

/** @returns whether the gateway did what it was asked. */
async function send(url: string, token: string, request: AdminRequest, { out, err }: Output): Promise<boolean> {
  const { method, path, body } = request
  try {
    const response = await fetch(new URL(`/api/admin/${path}`, url), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    const answer: unknown = await response.json()
    if (response.ok) out(`${method === 'GET' ? JSON.stringify(answer, undefined, 2) : 'done'}\n`)
    else err(`refused: ${reasonOf(answer, response.status)}\n`)
    return response.ok
  } catch {
    err('the gateway cannot be reached, or what answers is none\n')
    return false
  }
}

function reasonOf(answer: unknown, status: number): string {
  const { error }: { error?: unknown } = typeof answer === 'object' && answer !== null ? answer : {}
  const { code, message }: { code?: unknown; message?: unknown } =
    typeof error === 'object' && error !== null ? error : {}
  if (code === 'not_found' && message === undefined) return 'there is no /api/admin: WR_ADMIN_TOKEN is not set there'
  return [code, message].filter((part) => typeof part === 'string').join(': ') || `status ${status}`
}
