import { spawn } from 'node:child_process'
import { bundleOf } from './prepare.mjs'

// Every running statement of the embedded engine holds a thread of Node's own pool, which files and DNS share.
// With the four of the default, four slow questions would stop the whole server. A process cannot raise it for itself.
const threads = '16'

/** Starts the built server, hands signals on, and ends with its exit code. */
export function serve(env = {}) {
  const child = spawn(process.execPath, ['--enable-source-maps', bundleOf('main')], {
    // The channel tells the server when this process is gone, however it went: a server nobody can stop would keep the data folder.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { UV_THREADPOOL_SIZE: threads, NODE_ENV: 'production', ...process.env, ...env },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}
