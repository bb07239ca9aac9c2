/** What a frame or a part of a record is about, and what is special to its fields. */
export interface Words {
  readonly about: string
  readonly fields?: Readonly<Record<string, string>>
}

const SETTINGS = {
  ttl: 'How long its messages live, in seconds, if their sender does not say.',
  history: '`live`: newcomers are shown what is alive. `none`: they are shown nothing said before they came.',
  locked: 'Nobody new is let in.',
  listed: 'The room may be shown in a list.',
  sealed: 'Messages are encrypted end to end; not offered yet.',
  ownerHash: 'SHA-256 over `wr-owner-1\\n{room}\\n{owner}` in base64url: whoever has `owner` is the owner.',
} as const

/** Fields that mean the same wherever they are, by their name. */
export const FIELDS: Readonly<Record<string, string>> = {
  type: 'Which frame it is.',
  re: 'A reference of the client’s own, repeated in the error about this frame; at most 32 characters.',
  key: 'Names one message of its sender, also when it is sent again.',
  offset: 'The frame’s own place in the room’s log: grows, has gaps, is below 2⁵³.',
  target: 'The offset of the message that is meant.',
  targets: 'The offsets of the messages that are meant.',
  cursor: 'How far the log has been seen.',
  epoch: 'Names the span of time in which offsets keep their meaning.',
  from: 'Who said it, under the name they had then.',
  id: 'The member’s id: the first 96 bits of SHA-256 over `wr-member-1\\n{room}\\n{session}` in base64url.',
  name: 'The name that is shown.',
  role: 'What the member may do.',
  member: 'The id of the member who is meant.',
  muted: 'They may say nothing, as an owner has decided.',
  alike: 'The name can be taken for that of an owner who is there: say so beside it.',
  text: 'The text: 1 to 4,000 UTF-16 units and at most 12 KiB of UTF-8, not blank, without lone surrogates.',
  replyTo: 'The offset of the message this one answers.',
  at: 'When it was appended, in bus time, milliseconds.',
  expires: 'When it ends for everybody, in bus time, milliseconds.',
  now: 'Bus time, milliseconds.',
  meta: 'What the server adds to it.',
  on: 'Whether it begins or ends.',
  count: 'How many members there are.',
  missed: 'How many messages of others vanished unseen; `null`: unknown.',
  more: 'Whether there are older ones that are alive.',
  by: 'The id of the member who did it.',
  ticket: 'To be shown on coming back. It expires; the last one counts.',
  ...SETTINGS,
}

export const CLIENT_FRAMES: Readonly<Record<string, Words>> = {
  join: {
    about: 'Enter, or come back: the first frame, within 5 s. Answered by `welcome`, or by `error` and a close code.',
    fields: {
      protocol: '1.',
      name: 'The name to be shown: 1 to 32 UTF-16 units, once what is invisible has been taken out.',
      session: 'A secret the client makes for this room, at least 128 random bits: who has it is this member.',
      ticket: 'The last one given.',
      token: 'A JSON Web Token, where `features` of the `welcome` name `auth`: without one nobody comes in there.',
      invite:
        'An invite, unless there is a ticket: it lets in also where the room was locked before it was made, in the role it gives.',
      proof: 'Kept for later.',
      owner: 'The secret whose hash is the room’s `ownerHash`.',
      cursor: 'Where the client stands, to have only what came since.',
      'cursor.offset': 'The last offset seen; -1 before the first.',
      create: 'Make the room if there is none, with these settings.',
    },
  },
  send: {
    about: 'Say something. Answered by `ack` once it is in the log, or by an `error` with its key.',
    fields: {
      ttl: 'How long it lives, in seconds: at least 1, and no longer than the room’s.',
      before:
        'Until when it may enter the log, in bus time, milliseconds: at most 10 s ahead, kept on every retry. Default: 10 s from its arrival.',
    },
  },
  skip: {
    about: 'The message that was refused under this key will not be sent again: later ones need not wait for it.',
  },
  unsend: { about: 'Take a message back, everywhere: one’s own, or as the owner anybody’s.' },
  react: {
    about:
      'Put a reaction to a message, or take one’s own back. Answered by `reaction` to everybody, or by an `error`; by nothing when it is so already.',
    fields: {
      emoji: 'One emoji, at most 32 UTF-16 units. Of those joined from several, at most four.',
      on: 'Whether it is put or taken back.',
    },
  },
  typing: { about: 'I am writing, or no longer; at most one in 3 s.' },
  load: {
    about: 'Older messages, as they were; then `loaded`.',
    fields: { before: 'Only what is before this offset.' },
  },
  rename: { about: 'Go by another name from here on.' },
  set: { about: 'Change the room, as its owner: only what is given changes. A new `ownerHash` hands the room over.' },
  kick: {
    about:
      'Make a member leave, at once and everywhere, as an owner. Their session does not come back. Answered only when it is refused.',
  },
  mute: { about: 'Let a member say nothing more, or speak again, as an owner.' },
  role: {
    about:
      'Give a member a role, as an owner: it counts instead of the one they came in with. Nobody gives one to themselves.',
  },
  invite: {
    about: 'Make an invite, as an owner. Answered by `invite`.',
    fields: {
      role: 'As what whoever shows it comes in.',
      expires: 'Until when, in bus time, milliseconds. Default: as long as the room.',
      uses: 'How many times. Default: any number.',
    },
  },
  revoke: {
    about: 'Let nobody in by an invite any more, as an owner. Those who came by it stay.',
    fields: { invite: 'The invite, or its part before the first dot.' },
  },
  burn: { about: 'Remove every message now, as the owner.' },
  close: { about: 'End the room, as an owner: everybody is out, and nothing of it remains.' },
  auth: {
    about:
      'Go on with another token, before the one in use expires; of the same subject. What is sent behind it is said in the role it gives.',
    fields: { token: 'A JSON Web Token.' },
  },
  leave: { about: 'This socket ends, and nobody waits for it to come back.' },
  ping: { about: 'Answered by `pong`. Due every 15 s; silence for 40 s ends the connection.' },
}

export const SERVER_FRAMES: Readonly<Record<string, Words>> = {
  welcome: {
    about: 'Entered. What the member is shown of the log follows, then `live`.',
    fields: {
      protocol: 'The version of the protocol.',
      features: 'What this server offers beyond the protocol’s first version.',
      you: 'The member, as others see them.',
      room: 'The room.',
      'room.id': 'Its name.',
      members: 'Who is there; at most 200.',
      cursor: 'Behind this place the replay begins.',
      'cursor.offset': 'Exclusive; -1 before the first.',
      limits: 'Sizes and rates this server holds clients to.',
      'limits.text': 'UTF-16 units of a text.',
      'limits.textBytes': 'Bytes of a text in UTF-8.',
      'limits.frame': 'Bytes of a frame; a longer one ends the connection with 1009.',
      'limits.name': 'UTF-16 units of a name.',
      'limits.ttlMin': 'The shortest time to live of a room, in seconds.',
      'limits.ttlMax': 'The longest time to live of a room, in seconds.',
      'limits.ttlDefault': 'What a room has when nobody says, in seconds.',
      'limits.heartbeat': 'How often a `ping` is due, in milliseconds.',
      'limits.typing': 'How often `typing` may be said, in milliseconds.',
      'limits.replay': 'Messages a newcomer is shown.',
      'limits.resume': 'Frames that are replayed to who comes back.',
      'limits.inFlight': 'Messages that may be unconfirmed before the server stops reading.',
    },
  },
  live: {
    about: 'The replay has reached the log’s end as it was at `welcome`; from here on it is live.',
    fields: { recovered: 'Everything alive behind the cursor shown in `join` has come.' },
  },
  message: { about: 'Somebody said something; oneself included. Logged: replayed while it lives.' },
  ack: {
    about: 'The message is in the log.',
    fields: { duplicate: 'It was there already, under the same key.', target: 'Its offset.' },
  },
  removed: {
    about: 'Messages are gone before their time. Logged.',
    fields: {
      targets: 'The offsets of the messages that are meant; what was put to them is gone as well.',
      upTo: 'Every message and reaction before this offset.',
      reason: 'Why: its sender took it back, somebody moderated, or the owner burned the room’s messages.',
    },
  },
  reaction: {
    about:
      'Somebody has put a reaction to a message, or taken it back. Logged: of each member, message and emoji the latest is replayed while the message lives.',
    fields: {
      target: 'The offset of the message. Whoever does not have it keeps the reaction for it until `expires`.',
      emoji: 'Which. It is one character to whoever reads, but may be one that this client’s Unicode does not know.',
      on: 'Whether it was put or taken back.',
      expires: 'When the message ends, and the reaction with it, in bus time, milliseconds.',
    },
  },
  invite: {
    about:
      'An invite, to the owner who asked for it. It belongs into the fragment of a link, never into a path or a query.',
    fields: {
      invite: 'To be shown on joining.',
      role: 'As what whoever shows it comes in.',
      expires: 'Until when, in bus time, milliseconds.',
      uses: 'How many times.',
    },
  },
  room: { about: 'Settings of the room have changed: those that are given. Logged.' },
  presence: {
    about:
      'Who came, left or goes by another name. Above 200 members only `count`, when the last that was told is off by 1 % or, if by less, once it has settled.',
    fields: {
      joined: 'Who came.',
      left: 'Ids of who left: ten seconds after their last connection was lost, or at once when they said so.',
      changed: 'Who has another name or role, or is muted or `alike` from here on or no longer.',
      members: 'The whole list, replacing what was known.',
    },
  },
  typing: { about: 'Somebody is writing, or no longer. Not logged.' },
  loaded: {
    about: 'What `load` asked for has come.',
    fields: { before: 'Nothing before this offset has come: what to ask for next.' },
  },
  gap: {
    about: 'Something was lost to this member; what follows is complete behind `cursor`.',
    fields: { 'cursor.offset': 'Exclusive; -1 before the first.' },
  },
  error: {
    about: 'A frame was refused; docs/errors.md has the codes. The connection goes on, except after a refused `join`.',
    fields: {
      code: 'What programs act on. More may be added: treat those you do not know as final.',
      message: 'For people.',
      key: 'Of the message that was refused.',
      re: 'The reference of the frame that was refused.',
      retryAfter: 'When to try again, in milliseconds from now.',
    },
  },
  pong: {
    about: 'The answer to `ping`.',
    fields: {
      cursor: 'What was written to this socket before.',
      'cursor.offset': '-1 before the first.',
      read: 'Bus time up to which the log has been read and written to this socket, milliseconds.',
    },
  },
  relay: {
    about: 'Something of a kind this server does not know, passed on as it is. Logged when it has an offset.',
    fields: { kind: 'Which.', body: 'Its bytes in base64url.', from: 'Who said it.' },
  },
}

export const ENVELOPES: Readonly<Record<string, Words>> = {
  message: { about: 'The first line of a record that any program on the topic may write.' },
  control: { about: 'The first line of a record that gateways alone can write: it carries a MAC.' },
}

export const ENVELOPE_FIELDS: Readonly<Record<string, string>> = {
  v: 'The version of the record.',
  kind: 'What the record is, and so what its body is.',
  member: 'The id of the member whose record it is: 16 characters of base64url.',
  as: 'The role the member proved on coming in; `operator`: whoever runs the server.',
  owner: 'For an owner: the `ownerHash` whose secret was proven.',
  via: 'How the member was let in.',
  joined: 'The last offset applied when the member was first let in; -1 before the first.',
  key: 'Names one record of its member. Within 15 s a second one under the same key is the same record once more.',
  ttl: 'How long it lives from its append on, in whole seconds; 0 for what is not kept.',
  deadline: 'When it ends, in bus time, milliseconds, for what lives as long as something else.',
  notAfter: 'When it is appended later than this, in bus time, milliseconds, it is void.',
  mac: 'The last member of the object: 128 bits of HMAC-SHA256 in base64url.',
}

export const BODIES: Readonly<Record<string, Words>> = {
  message: {
    about: 'What somebody says. Exactly one of `text` and `sealed`, no other members, and none of them twice.',
    fields: {
      'from.id': 'The same as `member` in the envelope.',
      'from.name': 'As `cleanName` leaves it: NFC, nothing invisible, single blanks, none at the ends.',
      sealed: 'What was encrypted end to end.',
      meta: 'At most 16,384 UTF-16 units of JSON, and 16 levels deep.',
    },
  },
  create: { about: 'Makes the room, unless there is one.' },
  set: { about: 'Changes the room.' },
  unsend: { about: 'Takes a message back.' },
  react: {
    about: 'Puts a reaction to a message, or takes it back. `deadline` is the message’s.',
    fields: { emoji: 'One emoji.', on: 'Whether it is put or taken back.' },
  },
  burn: { about: 'Removes every message before it.' },
  kick: { about: 'Makes a member leave, who does not come back.' },
  bar: {
    about: 'Said by a gateway after a kick: nobody comes in any more by that token’s subject, or by that invite.',
    fields: { via: '`s.` and the keyed hash of the subject, or `i.` and the invite’s id.' },
  },
  use: {
    about: 'Said by a gateway: somebody wants to come in by an invite. The first so many in the log may.',
    fields: { invite: 'The invite’s id.', uses: 'How many times it may be used.' },
  },
  revoke: { about: 'Nobody comes in by that invite any more.', fields: { invite: 'The invite’s id.' } },
  mute: { about: 'A member may say nothing from here on, or may again.' },
  role: { about: 'Gives a member a role.' },
  typing: { about: 'A signal: somebody is writing, or no longer.' },
  touch: { about: 'Somebody is in the room, though nothing is said.' },
  end: { about: 'The room is forgotten, unless something touched it meanwhile.' },
  close: { about: 'The operator or an owner ends the room. It cannot be made again within the longest time to live.' },
}
