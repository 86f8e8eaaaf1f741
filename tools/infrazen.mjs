#!/usr/bin/env node
// The `infrazen` command. `serve` starts the server; everything else is server/src/cli.
import { spawn } from 'node:child_process'
import { build, bundleOf, checkNode, install } from './lib/prepare.mjs'
import { serve } from './lib/serve.mjs'

const [command, ...rest] = process.argv.slice(2)

checkNode()
await install()
if (command === 'serve') {
  await build()
  const rolesAt = rest.findIndex((arg) => /^--roles(=|$)/.test(arg))
  const roles = rolesAt === -1 ? undefined : (rest[rolesAt].split('=')[1] ?? rest[rolesAt + 1] ?? 'none')
  serve({
    ...(rest.includes('--demo')
      ? { INFRAZEN_DEMO: '1', INFRAZEN_DATA_DIR: process.env.INFRAZEN_DATA_DIR || './data/demo' }
      : {}),
    ...(roles === undefined ? {} : { INFRAZEN_ROLES: roles }),
  })
} else {
  await build({ page: false })
  const child = spawn(process.execPath, ['--enable-source-maps', bundleOf('cli'), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { UV_THREADPOOL_SIZE: '8', ...process.env },
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code) => process.exit(code ?? 1))
}
