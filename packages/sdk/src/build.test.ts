import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'infrazen-sdk-'))
const root = fileURLToPath(new URL('../../../', import.meta.url))

beforeAll(async () => {
  await run(process.execPath, [join(root, 'packages/sdk/tools/build.mjs'), join(folder, 'dist')])
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const program = `
  const infrazen = new InfraZen({ url: 'http://127.0.0.1:1', apiKey: 'k', fetch: async () => new Response('{}', { status: 200 }) })
  const answer = { model: 'gpt-4o', usage: { prompt_tokens: 1000000, completion_tokens: 0 } }
  const fetch = infrazen.fetch({ fetch: async () => Response.json(answer) })
  infrazen.run({ experiment: 'e' }, async (run) => {
    await fetch('https://api.openai.com/v1/chat/completions', { method: 'POST', body: '{"model":"gpt-4o"}' })
    await new Promise((go) => setTimeout(go, 20))
    console.log(JSON.stringify(await run.cost()))
  })`
const cost = { amounts: [{ currency: 'USD', amount: '2.5' }], calls: 1, unpricedCalls: 0 }

test('the ESM build runs by itself, its price book with it', async () => {
  writeFileSync(join(folder, 'app.mjs'), `import { InfraZen } from './dist/index.mjs'\n${program}`)
  const { stdout } = await run(process.execPath, [join(folder, 'app.mjs')])
  expect(JSON.parse(stdout)).toEqual(cost)
})

test('the CommonJS build runs by itself, its price book with it', async () => {
  writeFileSync(join(folder, 'app.cjs'), `const { InfraZen } = require('./dist/index.cjs')\n${program}`)
  const { stdout } = await run(process.execPath, [join(folder, 'app.cjs')])
  expect(JSON.parse(stdout)).toEqual(cost)
})

test.each(['mts', 'cts'])('the types are complete for a program in .%s', async (end) => {
  writeFileSync(
    join(folder, `app.${end}`),
    `import { InfraZen } from './dist/index.${end === 'mts' ? 'mjs' : 'cjs'}'
const infrazen: InfraZen = new InfraZen({ url: 'u', apiKey: 'k', team: 't' })
export const amount: Promise<string | undefined> = infrazen.run({ experiment: 'e' }, async (run) => (await run.cost()).amounts[0]?.amount)
`,
  )
  await run(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    ...['--noEmit', '--ignoreConfig', '--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node'],
    ...['--typeRoots', join(root, 'node_modules/@types'), join(folder, `app.${end}`)],
  ])
})
