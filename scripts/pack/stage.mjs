import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ROOT } from '../runtime.mjs'
import { published } from './published.mjs'

const SCOPE = '@whisperrooms'
/** What is there for the repository alone. */
const NOT_PUBLISHED = ['src/**/*.test.ts', 'src/testing', 'src/**/*-contract.ts']
const PAGE = join(ROOT, 'packages', 'web', 'dist')
/** What the gateway serves at /docs. */
const DOCS = ['openapi.json', 'asyncapi.json']

/**
 * Makes `node_modules` of a folder: of the packages that are built there, and of all that is installed here.
 *
 * @param {string} stage
 * @param {readonly string[]} packages
 */
export function stageModules(stage, packages) {
  const modules = join(stage, 'node_modules')
  mkdirSync(join(modules, SCOPE), { recursive: true })
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (name !== SCOPE && !name.startsWith('.')) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
  for (const name of packages) symlinkSync(join(stage, name), join(modules, SCOPE, name))
}

/**
 * Puts a package into the folder, ready to be built there.
 *
 * @param {string} stage
 * @param {string} name
 * @returns {string} its own folder.
 */
export function stagePackage(stage, name) {
  const source = join(ROOT, 'packages', name)
  const folder = join(stage, name)
  cpSync(join(source, 'src'), join(folder, 'src'), { recursive: true })
  cpSync(join(source, 'README.md'), join(folder, 'README.md'))
  cpSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'))
  copyAssets(join(source, 'src'), join(folder, 'dist'))
  if (name === 'server') {
    if (existsSync(PAGE)) cpSync(PAGE, join(folder, 'page'), { recursive: true })
    for (const file of DOCS) cpSync(join(ROOT, 'docs', file), join(folder, 'docs', file))
  }
  writeJson(join(folder, 'package.json'), published(readJson(join(source, 'package.json'))))
  writeJson(
    join(folder, 'tsconfig.json'),
    buildOf(readJson(join(source, 'tsconfig.json')), join(stage, 'node_modules')),
  )
  return folder
}

/**
 * What the compiler leaves behind, such as style sheets, to where it is looked for: beside what is built from the sources.
 *
 * @param {string} sources
 * @param {string} built
 */
function copyAssets(sources, built) {
  for (const entry of readdirSync(sources, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.ts')) continue
    const path = join(entry.parentPath, entry.name)
    cpSync(path, join(built, relative(sources, path)))
  }
}

/**
 * @param {{ compilerOptions?: object }} checked how the package is checked in the repository.
 * @param {string} modules
 */
function buildOf({ compilerOptions }, modules) {
  return {
    extends: join(ROOT, 'tsconfig.base.json'),
    compilerOptions: {
      ...compilerOptions,
      noEmit: false,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      rootDir: 'src',
      outDir: 'dist',
      typeRoots: [join(modules, '@types')],
    },
    include: ['src'],
    exclude: NOT_PUBLISHED,
  }
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/**
 * @param {string} path
 * @param {object} value
 */
function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`)
}
