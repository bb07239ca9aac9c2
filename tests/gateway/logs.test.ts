import { expect, test } from 'vitest'
import { startGateway } from '../support/gateway.ts'
import { enter, joinFrame, newRoom, newSecret, ownerHashOf, placeOf, say, sendFrame } from '../support/member.ts'
import { connect } from '../support/raw-client.ts'

test('the log of a busy life holds no text, name, token, ticket, room, path or query', async () => {
  const gateway = await startGateway({ WR_LOG_LEVEL: 'debug', WR_SECRET: 'the-operators-own-secret-of-enough-length' })
  const room = newRoom()
  const owner = newSecret()
  const ownerHash = ownerHashOf(room, owner)
  const token = `token-${newSecret()}`
  const name = 'NameInNoLog'
  const text = 'text-in-no-log'
  const query = 'query-in-no-log'

  const fields = { name, owner, token, proof: token, create: { ownerHash } }
  const member = await enter(gateway.url, `${room}?s=${query}`, fields)
  const { target } = await say(member, text)
  const { ticket } = await placeOf(member)
  const headers = { cookie: text, authorization: token, 'user-agent': name, 'x-forwarded-for': '203.0.113.9' }
  const back = await enter(gateway.url, room, { session: member.session, name, ticket }, { headers })
  back.client.send({ type: 'rename', name: `${name}2` })
  back.client.send({ type: 'unsend', target })
  member.client.send({ type: 'set', ttl: 130 })
  await back.client.next('room')

  const uninvited = await connect(gateway.url, room)
  uninvited.send(joinFrame({ name, invite: token }))
  await uninvited.closed
  const lost = await connect(gateway.url, newRoom())
  lost.send(joinFrame({ name, token }))
  await lost.closed
  const big = await enter(gateway.url, room)
  big.client.send(sendFrame({ text: text.padEnd(70 * 1024, 'x') }))
  await big.client.closed
  for (const frame of [Buffer.from(text), text, { type: text }]) back.client.send(frame)
  for (let i = 0; i < 3; i++) await back.client.next('error')
  await connect(gateway.url, room, { origin: `https://${query}.example` }).catch(() => undefined)
  for (const path of [
    `/${query}`,
    `/api/rooms/${room}/where?${query}`,
    `/r/${room}`,
    `/livez?${query}`,
    `/api/${query}%ff`,
  ])
    await fetch(gateway.url + path, { headers }).then((response) => response.text())
  back.client.drop()
  await gateway.stop()

  const output = gateway.output()
  const secrets = {
    room,
    owner,
    ownerHash,
    token,
    name,
    text,
    query,
    ticket,
    session: member.session,
    member: member.welcome.you.id,
    address: '203.0.113.9',
    secret: 'the-operators-own-secret',
    path: '/ws/',
    api: '/api',
  }
  expect(output).toContain('"listening"')
  for (const line of output.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
  for (const [what, secret] of Object.entries(secrets)) expect(output, what).not.toContain(secret)
})
