import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { invalid, unavailable } from '../../primitives/errors'

/** PGlite in a worker thread. `connect` gives the byte stream the `pg` driver would otherwise open to a server. */
export interface EmbeddedPostgres {
  connect(): Duplex
  /** Writes a gzipped tar of the whole database to `file` (0600), whole or not at all. */
  snapshot(file: string): Promise<void>
  close(): Promise<void>
}

const workerFile = new URL('./pglite-worker.mjs', import.meta.url)

/**
 * Makes a database beside its place and moves it there whole: a process killed meanwhile leaves nothing half made. The
 * thread that makes it holds 300 MB that end with it.
 */
async function makeDatabase(path: string, snapshot?: string): Promise<void> {
  const unfinished = `${path}.new`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true, mode: 0o700 })
  const worker = new Worker(workerFile, { workerData: { path: unfinished, makeOnly: true, snapshot } })
  await new Promise<void>((resolve, reject) => {
    worker.on('error', reject)
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`making the database ended with ${code}`))))
  })
  rmSync(path, { recursive: true, force: true })
  renameSync(unfinished, path)
}

/**
 * Puts a snapshot in the place of the database in the folder `path`, which nobody may have open.
 * @returns where the database that was there stands now, null when there was none
 * @throws Failure `snapshot_unreadable`; then nothing has changed
 */
export async function restoreEmbeddedPostgres(path: string, snapshot: string): Promise<string | null> {
  const made = `${path}.restored`
  await makeDatabase(made, snapshot).catch((cause: unknown) => {
    rmSync(`${made}.new`, { recursive: true, force: true })
    throw invalid(
      'snapshot_unreadable',
      `${snapshot} is no whole snapshot of the embedded database (${(cause as Error).message}). Take another one from the snapshots folder.`,
    )
  })
  const before = existsSync(path) ? `${path}.before-${new Date().toISOString().replaceAll(':', '-')}` : null
  if (before) renameSync(path, before)
  renameSync(made, path)
  return before
}

/** Opens, or makes, the database in the folder `path`. The caller holds the folder lock: PGlite has none of its own. */
export async function openEmbeddedPostgres(path: string): Promise<EmbeddedPostgres> {
  if (!existsSync(join(path, 'PG_VERSION'))) await makeDatabase(path)
  const worker = new Worker(workerFile, { workerData: { path } })
  const waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>()
  let lastId = 0

  await new Promise<void>((resolve, reject) => {
    worker.on('message', (message: { ready?: boolean; id?: number; error?: string }) => {
      if (message.ready) return resolve()
      const waiter = message.id === undefined ? undefined : waiting.get(message.id)
      if (!waiter || message.id === undefined) return
      waiting.delete(message.id)
      if (message.error === undefined) waiter.resolve()
      else waiter.reject(new Error(message.error))
    })
    worker.on('error', (cause) => {
      const failure = unavailable(
        'database_unavailable',
        'The embedded database could not be opened. Restore a snapshot from the snapshots folder, or run `infrazen doctor`.',
        {},
        { cause },
      )
      reject(failure)
      for (const waiter of waiting.values()) waiter.reject(failure)
      waiting.clear()
    })
  })

  const ask = (message: { close: true } | { snapshot: string }) =>
    new Promise<void>((resolve, reject) => {
      const id = ++lastId
      waiting.set(id, { resolve, reject })
      worker.postMessage({ ...message, id })
    })

  return {
    connect: () => new PortStream(worker),
    snapshot: (file) => ask({ snapshot: file }),
    async close() {
      await ask({ close: true })
      await worker.terminate()
    },
  }
}

/** The part of `net.Socket` that the `pg` driver uses, over a MessagePort. */
class PortStream extends Duplex {
  readonly #worker: Worker
  #port: MessagePort | null = null

  constructor(worker: Worker) {
    super()
    this.#worker = worker
  }

  connect(): this {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    port1.on('message', (message: Uint8Array | { failed: string }) => {
      if (message instanceof Uint8Array) this.push(message)
      else this.destroy(new Error(`the embedded database failed: ${message.failed}`))
    })
    port1.on('close', () => {
      this.push(null)
      this.destroy()
    })
    this.#worker.postMessage({ connect: port2 }, [port2])
    queueMicrotask(() => this.emit('connect'))
    return this
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // A copy: the driver reuses its write buffer.
    this.#port?.postMessage(Uint8Array.prototype.slice.call(chunk))
    done()
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#port?.close()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#port?.close()
    done(error)
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    this.#port?.ref()
    return this
  }

  unref(): this {
    this.#port?.unref()
    return this
  }
}
