import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { documents } from './documents.ts'

const ROOT = join(import.meta.dirname, '../..')

for (const [file, make] of Object.entries(documents)) {
  const path = join(ROOT, file)
  writeFileSync(
    path,
    make(() => readFileSync(path, 'utf8')),
  )
}
