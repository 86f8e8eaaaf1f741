import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
// @ts-expect-error a tool in plain JavaScript, so that it runs before anything is installed
import { findViolations } from './boundaries.mjs'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** The rules that a tree of files breaks. */
function rulesBrokenBy(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'infrazen-boundaries-'))
  folders.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return (findViolations(root) as { rule: string }[]).map((violation) => violation.rule)
}

test('a module that reaches into another past its front door is found', () => {
  const door = { 'server/src/modules/a/index.ts': '', 'server/src/modules/a/store.ts': '' }
  expect(rulesBrokenBy({ ...door, 'server/src/modules/b/x.ts': "import { q } from '../a'\n" })).toEqual([])
  expect(rulesBrokenBy({ ...door, 'server/src/modules/b/x.ts': "import { q } from '../a/store'\n" })).toEqual([
    'modules are entered by their index.ts',
  ])
  expect(rulesBrokenBy({ ...door, 'server/src/app.ts': "const q = await import('./modules/a/store')\n" })).toEqual([
    'modules are entered by their index.ts',
  ])
})

test('modules that need one another in a circle are found', () => {
  const files = {
    'server/src/modules/a/index.ts': "import { b } from '../b'\n",
    'server/src/modules/b/index.ts': "export { c } from '../c'\n",
    'server/src/modules/c/index.ts': "import type { A } from '../a'\n",
  }
  expect(rulesBrokenBy(files)).toEqual(['modules form no loop'])
})

test('the page may take types of a contract and nothing else from the server', () => {
  const server = { 'server/src/modules/a/contract.ts': '', 'server/src/modules/a/store.ts': '' }
  const page = (text: string) => rulesBrokenBy({ ...server, 'web/src/api/client.ts': `${text}\n` })
  expect(page("import type { A } from '@server/modules/a/contract'")).toEqual([])
  expect(page("import { type A } from '@server/modules/a/contract'")).toEqual([])
  expect(page("import { A } from '@server/modules/a/contract'")).toEqual([
    'the page takes types alone from a contract.ts',
  ])
  expect(page("import type { A } from '@server/modules/a/store'")).toEqual([
    'the page knows the contract.ts of modules alone',
  ])
  expect(page("import type { A } from '../../../server/src/modules/a/store'")).toEqual([
    'the page knows the contract.ts of modules alone',
  ])
})

test('connectors know the kit alone, packages know nobody, primitives import nothing', () => {
  expect(rulesBrokenBy({ 'connectors/aws/src/index.ts': "import { kit } from '@infrazen/connector-kit'\n" })).toEqual(
    [],
  )
  expect(rulesBrokenBy({ 'connectors/aws/src/index.ts': "import { x } from '@infrazen/focus'\n" })).toEqual([
    'connectors import only the kit',
  ])
  expect(rulesBrokenBy({ 'packages/focus/src/index.ts': "import { x } from '../../../server/src/app'\n" })).toEqual([
    'a package is usable on its own',
  ])
  expect(rulesBrokenBy({ 'server/src/primitives/money.ts': "import { z } from 'zod'\n" })).toEqual([
    'primitives import nothing',
  ])
  expect(rulesBrokenBy({ 'server/src/primitives/money.ts': "import { readFileSync } from 'node:fs'\n" })).toEqual([
    'primitives do no input or output',
  ])
})

test('the ledger leans on no other module', () => {
  const files = {
    'server/src/modules/explore/index.ts': '',
    'server/src/modules/ledger/x.ts': "import { e } from '../explore'\n",
  }
  expect(rulesBrokenBy(files)).toEqual(['ledger is at the bottom of the modules'])
})
