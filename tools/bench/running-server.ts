import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export type RunningServer = Awaited<ReturnType<typeof startServer>>

/** Starts the built server on a folder of its own and waits until it answers. */
export async function startServer(folder: string) {
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const server = spawn(process.execPath, ['server/dist/main.mjs'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, INFRAZEN_DATA_DIR: folder, INFRAZEN_PORT: String(port), INFRAZEN_LOG_LEVEL: 'warn' },
  })
  const end = performance.now() + 60_000
  while (
    !(await fetch(`${base}/api/v1/session`).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (performance.now() > end) throw new Error('the server did not start')
    await pause(100)
  }
  return {
    base,
    pid: server.pid!,
    async post(path: string, body: object, headers: Record<string, string> = {}) {
      const response = await fetch(`${base}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      })
      if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
      return response
    },
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGTERM')
      await Promise.race([ended, pause(10_000).then(() => server.kill('SIGKILL'))])
    },
  }
}

/** Sets the server up. Returns the header that opens it and the organization's id. */
export async function setUp({ base, post }: RunningServer, timeZone: string) {
  const made = await post('/api/v1/setup', {
    organization: 'Bench',
    name: 'Bench',
    email: 'bench@nordwind.example',
    password: 'correct horse battery',
    timeZone,
    currency: 'USD',
    locale: 'en',
  })
  const cookie = made.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const { key } = (await (await post('/api/v1/api-keys', { name: 'bench' }, { cookie })).json()) as { key: string }
  const session = await fetch(`${base}/api/v1/session`, { headers: { cookie } })
  const { organization } = (await session.json()) as { organization: { id: string } }
  return { authorization: `Bearer ${key}`, organizationId: organization.id }
}

export function quantile(values: number[], q: number) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)]!
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}
