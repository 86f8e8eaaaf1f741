#!/usr/bin/env node
// `npm run check`: everything that can be known without running the product. All of it runs, then the failures are named.
import { binOf, checkNode, install } from './lib/prepare.mjs'
import { root, runQuietly, say } from './lib/run.mjs'

checkNode()
await install()

const node = process.execPath
const steps = [
  ['types of server, packages and tools', [binOf('typescript', 'tsc'), '-p', 'tsconfig.json']],
  // A message that one language lacks does not compile: that is how translations stay complete.
  ['types of the page, translations complete', [binOf('typescript', 'tsc'), '-p', 'web/tsconfig.json']],
  ['format and lint', [binOf('@biomejs/biome', 'biome'), 'ci', '--colors=off', '.']],
  ['boundaries between modules', ['tools/boundaries.mjs']],
  ['unused code and exports', [binOf('knip'), '--no-progress']],
]

const failed = []
for (const [name, args] of steps) {
  const start = Date.now()
  const { code, output } = await runQuietly(node, args, { cwd: root })
  const seconds = ((Date.now() - start) / 1000).toFixed(1)
  say(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
  if (code !== 0) {
    failed.push(name)
    say(output.trimEnd())
  }
}
say(failed.length === 0 ? 'check: all good' : `check: ${failed.length} of ${steps.length} failed: ${failed.join('; ')}`)
process.exit(failed.length === 0 ? 0 : 1)
