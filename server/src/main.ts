import type { AddressInfo } from 'node:net'
import { createApp } from './app'
import { readSettings } from './config'
import { runDemo } from './demo'
import { conflict, Failure } from './primitives/errors'

// Settings → app → listen. The launcher (tools/start.mjs) sets UV_THREADPOOL_SIZE: every running statement of the embedded
// engine holds a thread of Node's pool, and a process cannot raise that number for itself.
async function main(): Promise<void> {
  const settings = readSettings(process.env)
  const app = await createApp(settings)

  let stopDemo: () => Promise<void> = async () => {}
  let stoppingSince = 0
  // `disconnect`: the launcher is gone, and with it the only one who would stop this process.
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) {
    process.on(signal, () => {
      // Ctrl-C reaches the launcher and this process, and the launcher hands its own on: only a later one is impatience.
      if (stoppingSince > 0) {
        if (signal !== 'disconnect' && Date.now() - stoppingSince > 1_000) process.exit(1)
        return
      }
      stoppingSince = Date.now()
      // Whatever a stuck request holds open, the stores are closed by the system when the process ends.
      setTimeout(() => process.exit(1), 30_000).unref()
      stopDemo()
        .then(() => app.close())
        .then(
          () => process.exit(0),
          (error: unknown) => {
            process.stderr.write(`stopping failed: ${String(error)}\n`)
            process.exit(1)
          },
        )
    })
  }

  try {
    await app.http.listen({ host: settings.http.host, port: settings.http.port })
  } catch (error) {
    await app.close()
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw conflict(
      'port_in_use',
      `Something else listens on ${settings.http.host}:${settings.http.port}. Stop it, or set INFRAZEN_PORT to another port.`,
    )
  }
  const port = boundPort(app.http.server.address())
  const address = settings.http.publicUrl ?? addressOf(settings.http.host, port)
  const lines = [`InfraZen is ready: ${address}`]
  if (app.setupCode !== null) lines.push(`Set-up code for the first visitor: ${app.setupCode}`)
  if (app.demoOwner) lines.push(`Sign in as ${app.demoOwner.email} with the password ${app.demoOwner.password}`)
  if (app.postgres.embedded && !settings.demo) {
    lines.push(
      'The embedded database survives a crash of the program, not always a power cut; for lasting use set INFRAZEN_DATABASE_URL.',
    )
  }
  print(lines.join('\n'))
  if (settings.demo) stopDemo = await runDemo(app, `http://${connectable(settings.http.host)}:${port}`, print)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** An address of this server that a program on this machine can open. */
function connectable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

function addressOf(host: string, port: number): string {
  const name =
    host === '0.0.0.0' || host === '::' || host === '127.0.0.1' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}

function boundPort(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return address.port
}

main().catch((error: unknown) => {
  const text =
    error instanceof Failure ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`InfraZen could not start.\n${text}\n`)
  process.exit(1)
})
