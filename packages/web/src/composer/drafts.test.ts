import { expect, test } from 'vitest'
import { createDrafts } from './drafts.ts'

test('each room has its own draft', () => {
  const drafts = createDrafts()
  drafts.write('tea', 'milk?')
  expect(drafts.get('tea').text).toBe('milk?')
  expect(drafts.get('coffee').text).toBe('')
})

test('a message that comes back goes before what is being written and says that it came back', () => {
  const drafts = createDrafts()
  drafts.write('tea', 'and sugar')
  drafts.giveBack('tea', 'milk')
  expect(drafts.get('tea')).toEqual({ text: 'milk\nand sugar', returned: true })
  drafts.write('tea', '')
  expect(drafts.get('tea')).toEqual({ text: '', returned: false })
})

test('a draft is the same object until it changes', () => {
  const drafts = createDrafts()
  drafts.write('tea', 'milk')
  expect(drafts.get('tea')).toBe(drafts.get('tea'))
  expect(drafts.get('other')).toBe(drafts.get('another'))
})
