import type { ErrorCode } from '@whisperrooms/protocol'

const LANGUAGE = 'en'
const rules = new Intl.PluralRules(LANGUAGE)
const numbers = new Intl.NumberFormat(LANGUAGE)
const lists = new Intl.ListFormat(LANGUAGE, { type: 'conjunction' })
const clock = new Intl.DateTimeFormat(LANGUAGE, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const days = new Intl.DateTimeFormat(LANGUAGE, { weekday: 'long', day: 'numeric', month: 'long' })

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string }

/** `#` in the chosen form stands for the number. */
function plural(count: number, forms: Forms): string {
  return (forms[rules.select(count)] ?? forms.other).replace('#', numbers.format(count))
}

/** 180 → "3 min", 90 → "90 s". */
function span(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${numbers.format(seconds)} s`
}

/** 180 → "3 minutes". */
function longSpan(seconds: number): string {
  return seconds % 60 === 0
    ? plural(seconds / 60, { one: '# minute', other: '# minutes' })
    : plural(seconds, { one: '# second', other: '# seconds' })
}

const refused: Record<ErrorCode, { readonly title: string; readonly text: string }> = {
  no_such_room: {
    title: 'There is no such room',
    text: 'It was never opened, or nobody was in it for a while and it was forgotten, as rooms here are. Or the server was started anew, and knows none of its rooms.',
  },
  room_ended: { title: 'This room has ended', text: 'It was closed, and everything said in it is gone.' },
  room_locked: {
    title: 'This room is locked',
    text: 'Its owner lets nobody new in at the moment. Ask somebody inside, or try again later.',
  },
  kicked: { title: 'You were removed from this room', text: 'Its owner decided so. You cannot come back as before.' },
  muted: { title: 'You are muted', text: 'The owner of this room does not let you write in it.' },
  wrong_proof: {
    title: 'The owner’s key does not fit',
    text: 'You came as the owner of this room, but it has another one now: it was handed over, or opened anew by somebody else. You can enter it as a member.',
  },
  bad_room: {
    title: 'That is not a room’s name',
    text: 'A name is 1 to 64 letters without accents, digits, “-” or “_”, and no spaces.',
  },
  bad_name: { title: 'That name cannot be shown', text: 'A name has 1 to 32 visible characters. Choose another one.' },
  bad_ttl: {
    title: 'This server does not allow that time',
    text: 'Words may live only as long as the operator of this server permits.',
  },
  unsupported_protocol: {
    title: 'This page is out of date',
    text: 'The server speaks a newer language than this page. Load the page again.',
  },
  server_full: { title: 'This server is full', text: 'It takes in no more people at the moment. Try again later.' },
  room_full: { title: 'This room is full', text: 'Nobody fits in at the moment. Try again when somebody has left.' },
  room_busy: { title: 'This room is too busy', text: 'It holds as much as it can. Try again in a minute.' },
  bad_token: { title: 'You are not allowed in', text: 'The pass this page showed is not valid here.' },
  expired_token: { title: 'Your pass has expired', text: 'Get a new one from where you got it, and come back.' },
  not_allowed: { title: 'You are not allowed in', text: 'This room does not let you enter.' },
  auth_unavailable: {
    title: 'Your pass cannot be checked just now',
    text: 'What says who may come in does not answer. Try again in a while.',
  },
  bus_unavailable: {
    title: 'Messages cannot be passed on just now',
    text: 'The server is there, but what carries messages is not. Try again in a while.',
  },
  rate_limited: { title: 'That was too fast', text: 'Wait a moment, then try again.' },
  internal: { title: 'Something went wrong on the server', text: 'It is not your doing. Try again in a moment.' },
  bad_frame: { title: 'Page and server do not understand each other', text: 'Load the page again.' },
  unknown_type: { title: 'Page and server do not understand each other', text: 'Load the page again.' },
  bad_before: { title: 'Page and server do not agree on the time', text: 'Load the page again.' },
  join_first: { title: 'The server gave up waiting', text: 'The connection was too slow. Try again.' },
  already_joined: { title: 'Page and server do not understand each other', text: 'Load the page again.' },
  too_long: { title: 'That was too long', text: 'The server refused it. Try again.' },
  empty_text: { title: 'There was nothing in that', text: 'The server refused it. Try again.' },
  too_late: { title: 'That came too late', text: 'The server refused it. Try again.' },
  rejected: {
    title: 'The server did not let that through',
    text: 'Its operator does not allow everything. Say it otherwise.',
  },
  stage_failed: { title: 'The server failed on that', text: 'It was not sent. Try again.' },
  held: { title: 'The server held that back', text: 'Try again.' },
  not_supported: { title: 'This server cannot do that', text: 'It was asked for something it does not offer.' },
  unknown_target: { title: 'That message is gone', text: 'The server refused it. Try again.' },
}

/** Why a message of one's own is not in the room. What failed for want of an answer may be there nevertheless. */
function notSent(code: ErrorCode | undefined): string {
  switch (code) {
    case 'too_late':
      return 'Nobody can tell whether this arrived'
    case 'too_long':
      return 'Not sent: too long'
    case 'empty_text':
      return 'Not sent: nothing in it'
    case 'muted':
      return 'Not sent: the owner has muted you'
    case 'not_allowed':
      return 'Not sent: you may not write here'
    case 'bad_ttl':
      return 'Not sent: it cannot live for that time here'
    default:
      return 'Not sent'
  }
}

const en = {
  app: 'WhisperRooms',
  time: (ms: number) => clock.format(ms),
  day: (ms: number) => days.format(ms),
  /** On badges, where room is short. */
  shortCount: (n: number) => (n > 99 ? '99+' : numbers.format(n)),
  /** Of those who are not shown. */
  moreCount: (n: number) => (n > 99 ? '99+' : `+${numbers.format(n)}`),
  span,
  close: 'Close',
  cancel: 'Cancel',
  home: 'Home page',
  reportAbuse: 'Report abuse',

  promise: {
    talk: 'Talk.',
    gone: 'Then it is gone.',
    text: 'A room for minutes, not for ever. No account, no history, nothing on disk: every message leaves every screen in the same second.',
  },
  name: {
    label: 'Your name in the room',
    remember: 'Remember my name on this device',
    missing: 'Choose a name, so that others know who speaks.',
    bad: 'A name has 1 to 32 visible characters.',
  },
  start: {
    ttl: 'Words live for',
    privately: 'Start a private room',
    roomName: 'Room name',
    byName: 'Open by name',
    roomMissing: 'Type the name of a room.',
    roomBad: 'Only letters without accents, digits, “-” and “_”: for example tea-time.',
    roomLong: 'A room’s name has at most 64 characters.',
    tooMany: (limit: number) =>
      plural(limit, { other: 'You are in # rooms in this tab, and that is the limit. Leave one first.' }),
    byNameHint: 'Anyone who knows or guesses the name can enter.',
    backTo: 'Your rooms in this tab',
  },
  how: {
    link: 'How it works',
    title: 'How it works',
    can: 'What you can count on',
    cannot: 'What nobody can promise',
    promises: [
      'A message leaves every screen when its ring has run out: the same moment for everybody, at most a second late.',
      'It is never shown after that: not to those who come late, not when you come back, not in a tab you forgot.',
      'No message is written to a disk, here or on the server. There is no account and no history.',
      'While it is alive it gets through: if your connection drops, the page catches up, or tells you how much vanished meanwhile.',
    ],
    limits: [
      'Whoever can read a message can photograph it, copy it or remember it.',
      'Somebody may use a changed program that keeps what it receives.',
      'The server can read what is said. Whoever runs it could keep it, so use one you trust.',
      'A private room is unlisted: its link is too long to guess, but whoever has the link can enter.',
    ],
  },
  enter: {
    private: 'You are invited to a private room',
    named: 'You are about to enter',
    text: 'Those inside will see your name. How long words live there is shown once you are in.',
    button: 'Enter',
    entering: (room: string) => `Entering ${room}`,
  },

  room: {
    unlisted: 'Unlisted',
    open: 'Open room',
    locked: 'locked',
    readable: 'the server can read this room',
    lives: (seconds: number) => `words live ${span(seconds)}`,
    rail: 'Rooms in this tab',
    railItem: (room: string, unread: number, returned: boolean) =>
      [
        room,
        ...(unread === 0 ? [] : [plural(unread, { one: '# new message', other: '# new messages' })]),
        ...(returned ? ['something you wrote was not sent'] : []),
      ].join(', '),
    another: 'Another room',
    nothing: 'Nothing is being said',
    nothingText: (seconds: number) =>
      `What is written here lives ${longSpan(seconds)}, then it is gone from every screen.`,
  },
  menu: {
    button: 'Room menu',
    rename: 'Change your name',
    ttl: 'How long words live',
    lock: 'Lock the room',
    unlock: 'Unlock the room',
    isLocked: 'The room is locked: nobody new can enter.',
    isUnlocked: 'The room is open again to those who have its link or know its name.',
    burn: 'Burn everything now',
    keys: 'Keys',
    how: 'How it works',
    leave: 'Leave the room',
    theme: 'Theme',
    themeIs: (theme: string) => `Theme: ${theme}`,
    system: 'System',
    light: 'Light',
    dark: 'Dark',
    refused: 'That could not be done just now.',
  },
  rename: { title: 'Your name in this room', save: 'Change' },
  ttl: {
    title: 'How long words live',
    text: 'From now on, for everybody in the room. What was said already keeps its time.',
    save: 'Change',
  },
  burn: {
    title: 'Burn everything now?',
    text: 'Every message leaves every screen at once. This cannot be taken back.',
    confirm: 'Burn everything',
  },

  members: {
    title: 'Here now',
    heading: (count: number) => `Here now · ${numbers.format(count)}`,
    button: (count: number) => plural(count, { one: 'Here now: # person', other: 'Here now: # people' }),
    you: 'you',
    youOwner: 'you, owner',
    owner: 'owner',
    reader: 'reads only',
    writing: 'writing',
    muted: 'muted',
    decide: (name: string) => `Decide about ${name}`,
    many: (limit: number) => plural(limit, { other: 'Above # people, names are not listed.' }),
    alone: 'Nobody else is here yet.',
  },
  member: {
    mute: 'Mute',
    unmute: 'Let them speak again',
    readsOnly: 'Let them only read',
    mayWrite: 'Let them write',
    makeOwner: 'Make them an owner too',
    noOwner: 'Make them a member again',
    remove: 'Remove from the room',
    removed: 'They leave at once, and their place here is gone.',
    removedOpen:
      'They leave at once, and their place here is gone. But anyone can enter this room: they may come back under another name, unless you lock it.',
    removeNow: 'Remove',
    removeAndLock: 'Remove and lock',
  },
  invite: {
    button: 'Invite',
    title: 'Invite others',
    link: 'Link to this room',
    copy: 'Copy link',
    copied: 'Copied',
    share: 'Share',
    copyFailed: 'Copying is not allowed here. Select the link and copy it.',
    privateWarning: 'Whoever has this link can enter and read what is alive then. Send it only to those you mean.',
    namedWarning: (room: string) => `Anyone who has this link, or knows or guesses the name ${room}, can enter.`,
    server: 'The server can read this room.',
  },

  notSent,
  timeline: {
    label: 'Messages',
    you: 'You',
    goneAt: (ms: number) => `Gone at ${clock.format(ms)}`,
    new: 'new',
    pill: (count: number) => plural(count, { other: '# new' }),
    toEnd: (unread: number) =>
      unread === 0 ? 'To the newest message' : plural(unread, { other: '# new: to the newest message' }),
    vanished: (count: number | null) =>
      count === null
        ? 'Some messages may have vanished while you were away'
        : plural(count, {
            one: '# message vanished while you were away',
            other: '# messages vanished while you were away',
          }),
    arrived: (count: number) => plural(count, { one: '# new message', other: '# new messages' }),
    actions: 'Message actions',
    copy: 'Copy',
    copied: 'Copied',
    copyFailed: 'Copying is not allowed here',
    unsend: 'Unsend',
    remove: 'Remove',
    unsendFailed: 'It could not be taken back just now.',
    unsendUnknown: 'It is out of reach, so it cannot be taken back. It goes when its time has run out.',
    sending: 'Sending',
    waiting: 'Waiting to be sent',
    retry: 'Try again',
    edit: 'Edit',
    discard: 'Discard',
  },
  composer: {
    label: 'Message',
    placeholder: 'Say something that will not last',
    readOnly: 'You may read here, not write',
    send: 'Send',
    left: (count: number) => plural(count, { one: '# character left', other: '# characters left' }),
    leftBelow: (count: number) => plural(count, { other: 'Fewer than # characters left' }),
    tooLong: 'Too long to be sent',
    tooMany: 'As many messages wait here as this page can hold, so this one stays in the box.',
    over: (count: number) =>
      plural(count, { one: '# character too long to be sent', other: '# characters too long to be sent' }),
    file: 'Files cannot be sent here, only words. Nothing was uploaded.',
    returned: 'This was not sent, so here it is back.',
    writing: (names: readonly string[], more: number) => {
      const all = more > 0 ? [...names, plural(more, { one: '# other', other: '# others' })] : names
      return `${lists.format(all)} ${all.length === 1 && more <= 1 ? 'is' : 'are'} writing`
    },
    someone: 'Someone is writing',
  },

  connection: {
    lost: 'Reconnecting',
    trying: 'trying now',
    triesIn: (seconds: number) => `tries again in ${plural(seconds, { other: '# s' })}`,
    now: 'now',
    nowLabel: 'Try to connect now',
    offline: 'You are offline',
    waiting: (count: number) => plural(count, { one: '# message waits here', other: '# messages wait here' }),
    bus: 'Messages cannot be passed on just now',
    full: 'The room is full',
    serverFull: 'The server is full',
    busy: 'The room is too busy just now',
    slow: 'The server does not answer yet',
  },
  unsaid: {
    count: (n: number) =>
      plural(n, {
        one: '# message of yours was not sent, as far as this page knows.',
        other: '# messages of yours were not sent, as far as this page knows.',
      }),
    copy: 'Copy your words',
    copied: 'Copied',
    copyFailed: 'Copying is not allowed here',
  },
  lost: { title: 'There is nothing here', text: 'This address leads to no room and no page.' },
  refused,
  refusedActions: {
    openAgain: 'Open it again',
    open: 'Open this room',
    tryAgain: 'Try again',
    serversTtl: 'Open it with the server’s own time',
    asMember: 'Enter as a member',
    reload: 'Load the page again',
    otherName: 'Choose another name',
  },
  keys: {
    title: 'Keys',
    list: [
      [['Enter'], 'Send'],
      [['Shift', 'Enter'], 'New line'],
      [['Alt', '↑'], 'Previous room'],
      [['Alt', '↓'], 'Next room'],
      [['↑', '↓'], 'From message to message, once the timeline has the focus'],
      [['End'], 'To the newest message'],
      [['Esc'], 'Close what is on top, or back to writing'],
      [['?'], 'This list'],
    ] as readonly (readonly [readonly string[], string])[],
  },
}

/** Every string of the page. Another language is another object of this shape. */
export type Words = typeof en

export const words: Words = en
