// Runs PGlite in a thread of its own, because it blocks the event loop while it works.
// It speaks the PostgreSQL protocol over a MessagePort, so that the ordinary `pg` driver serves both the
// embedded and the external database. Plain JavaScript: a worker starts from a file, in tests as in the build.
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

const startupProtocol = 196608
const sslRequest = 80877103
const terminate = 'X'.charCodeAt(0)

let work = Promise.resolve()
/** One thing at a time: PGlite has one session, and protocol messages must not overlap. */
function inTurn(step) {
  const result = work.then(step)
  work = result.catch(() => {})
  return result
}

// A copy leaves a hundred megabytes outside of the heap, where no collection is due for long.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')

// People and rules are few: an eighth of the usual cache holds them, and 115 MB stay free.
const memory = ['-c', 'shared_buffers=16MB', '-c', 'wal_buffers=1MB']
const database = await PGlite.create({
  dataDir: workerData.path,
  relaxedDurability: false,
  startParams: [...PGlite.defaultStartParams, ...memory],
  ...(workerData.snapshot ? { loadDataDir: new Blob([await readFile(workerData.snapshot)]) } : {}),
})
if (workerData.makeOnly) {
  await database.query('SELECT 1')
  await database.close()
  process.exit(0)
}
parentPort.postMessage({ ready: true })

parentPort.on('message', (message) => {
  if (message.connect) serve(message.connect)
  else if (message.snapshot) reply(message.id, () => snapshot(message.snapshot))
  else if (message.close) reply(message.id, () => database.close())
})

function reply(id, step) {
  inTurn(step).then(
    () => parentPort.postMessage({ id }),
    (error) => parentPort.postMessage({ id, error: error instanceof Error ? error.message : String(error) }),
  )
}

/** Written beside and renamed, so that a snapshot is whole or absent. */
async function snapshot(file) {
  const dump = await database.dumpDataDir('gzip')
  const unfinished = `${file}.part`
  try {
    await writeFile(unfinished, Buffer.from(await dump.arrayBuffer()), { mode: 0o600 })
    await rename(unfinished, file)
  } finally {
    await rm(unfinished, { force: true })
    setImmediate(collect)
  }
}

function serve(port) {
  let pending = Buffer.alloc(0)
  let started = false
  // A new connection must not inherit what the last one left behind in the only session there is.
  inTurn(async () => {
    await database.exec('ROLLBACK')
    await database.exec('DISCARD ALL')
  }).catch(() => {})

  port.on('message', (bytes) => {
    pending = pending.length === 0 ? Buffer.from(bytes) : Buffer.concat([pending, bytes])
    for (;;) {
      const length = messageLength()
      if (length === 0 || pending.length < length) return
      const message = pending.subarray(0, length)
      pending = pending.subarray(length)
      if (!started && message.readInt32BE(4) === sslRequest) {
        port.postMessage(Buffer.from('N'))
        continue
      }
      if (started && message[0] === terminate) return port.close()
      started = true
      inTurn(() =>
        database.execProtocolRawStream(new Uint8Array(message), {
          onRawData: (data) => data.length > 0 && port.postMessage(data.slice()),
        }),
      ).catch((error) => port.postMessage({ failed: error instanceof Error ? error.message : String(error) }))
    }
  })
  port.on('close', () => inTurn(() => database.exec('ROLLBACK')).catch(() => {}))

  function messageLength() {
    if (!started) return pending.length >= 8 && isStartup(pending.readInt32BE(4)) ? pending.readInt32BE(0) : 0
    return pending.length >= 5 ? 1 + pending.readInt32BE(1) : 0
  }
}

function isStartup(code) {
  return code === startupProtocol || code === sslRequest
}
