import fc from 'fast-check'
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
  expect(drafts.get('tea')).toEqual({ text: 'milk\nand sugar', returned: 4 })
  drafts.write('tea', '')
  expect(drafts.get('tea')).toEqual({ text: '', returned: 0 })
})

test('several messages that come back stand in the order in which they were written', () => {
  const drafts = createDrafts()
  drafts.write('tea', 'fourth')
  for (const text of ['first', 'second', 'third']) drafts.giveBack('tea', text)
  expect(drafts.get('tea').text).toBe('first\nsecond\nthird\nfourth')
})

test('whoever writes on meanwhile, at either end, still finds the next one between what came back and their own words', () => {
  const drafts = createDrafts()
  drafts.write('tea', 'fourth')
  drafts.giveBack('tea', 'first')
  drafts.write('tea', 'first\nfourth!')
  drafts.giveBack('tea', 'second')
  drafts.write('tea', 'At first\nsecond\nfourth!')
  drafts.giveBack('tea', 'third')
  expect(drafts.get('tea').text).toBe('At first\nsecond\nthird\nfourth!')
})

test('what came back and was deleted is not said to have come back', () => {
  const drafts = createDrafts()
  drafts.write('tea', 'sugar')
  drafts.giveBack('tea', 'milk')
  drafts.write('tea', 'sugar')
  expect(drafts.get('tea')).toEqual({ text: 'sugar', returned: 0 })
})

test('messages that come back keep their order and lose nothing, whatever is typed behind them', () => {
  const word = fc.stringMatching(/^[a-c \n]{1,4}$/)
  fc.assert(
    fc.property(fc.array(fc.record({ back: word, typed: fc.stringMatching(/^[a-c\n]{0,3}$/) })), (steps) => {
      const drafts = createDrafts()
      for (const { back, typed } of steps) {
        drafts.giveBack('tea', back)
        drafts.write('tea', drafts.get('tea').text + typed)
      }
      const { text, returned } = drafts.get('tea')
      expect(text.slice(0, returned)).toBe(steps.map(({ back }) => back).join('\n'))
    }),
  )
})

test('a draft is the same object until it changes', () => {
  const drafts = createDrafts()
  drafts.write('tea', 'milk')
  expect(drafts.get('tea')).toBe(drafts.get('tea'))
  expect(drafts.get('other')).toBe(drafts.get('another'))
})
