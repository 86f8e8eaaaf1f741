import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Starts the stand-in for a ClickHouse server on a folder; `stop` ends it. */
export async function startStandIn(folder: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const child = spawn(
    process.execPath,
    ['--max-http-header-size=1048576', fileURLToPath(new URL('./serve-chdb.mjs', import.meta.url)), folder],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const port = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the stand-in ended with ${code}`)))
    child.stdout.on('data', (text: Buffer) => {
      const match = /listening (\d+)/.exec(text.toString())
      if (match) resolve(match[1]!)
    })
  })
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners('exit')
        child.once('exit', () => resolve())
        child.kill('SIGTERM')
        setTimeout(() => child.kill('SIGKILL'), 2000).unref()
      }),
  }
}
