import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const DRIVER = join(import.meta.dirname, 'driver.ts')

/** Has a package not be found. */
const without = (name: string) => `
import { registerHooks } from 'node:module'
registerHooks({
  resolve(specifier, context, next) {
    return next(specifier === '${name}' ? '${name}-is-not-installed' : specifier, context)
  },
})`

/** Imports the driver in a process of its own. @returns what that process says when it cannot. */
async function importWithout(name: string): Promise<string> {
  const hooks = `data:text/javascript,${encodeURIComponent(without(name))}`
  const script = `import(${JSON.stringify(DRIVER)}).catch(({ message }) => console.log(message))`
  return (await run(process.execPath, ['--import', hooks, '--eval', script])).stdout
}

test('where KafkaJS is not installed it is said how to install it', async () => {
  expect(await importWithout('kafkajs')).toContain('npm install kafkajs')
})

test('where it is installed nothing is said', async () => {
  expect(await importWithout('something-else')).toBe('')
})
