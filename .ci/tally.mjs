import { existsSync, readFileSync } from 'node:fs'

// Adds up what vitest wrote down and how it and the checks ended, prints the count as the last line, and fails unless all is well.

const [file, testsExit, checksExit] = process.argv.slice(2)
const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 } = results

let passed = numPassedTests
let failed = numFailedTests
// A file that could not be loaded, an error outside of a test or a run without tests fails no test.
if (failed === 0 && (testsExit !== '0' || passed === 0)) failed++
if (checksExit === '0') passed++
else failed++

process.stdout.write(`${passed} passed, ${failed} failed, ${numPendingTests + numTodoTests} skipped\n`)
process.exitCode = failed === 0 ? 0 : 1
