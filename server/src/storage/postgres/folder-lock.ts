import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { conflict } from '../../primitives/errors'

type Holder = { pid: number; host: string; startedAt: string; processStartedAt: string | null }

/**
 * Takes the folder for this process; two processes on one embedded store would damage it.
 * A lock left behind by a process that is gone is taken over. Returns the function that gives the folder back.
 * Throws `data_folder_in_use` with what to do.
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'infrazen.lock')
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const handle = openSync(file, 'wx', 0o600)
      writeSync(handle, JSON.stringify(ourselves()))
      closeSync(handle)
      return release(file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = read(file)
    if (holder && isAlive(holder)) throw inUse(folder, holder)
    rmSync(file, { force: true })
  }
  throw inUse(folder, read(file))
}

function ourselves(): Holder {
  return {
    pid: process.pid,
    host: hostname(),
    startedAt: new Date().toISOString(),
    processStartedAt: processStart(process.pid),
  }
}

function release(file: string): () => void {
  const onExit = () => {
    if (read(file)?.pid === process.pid) rmSync(file, { force: true })
  }
  process.once('exit', onExit)
  return () => {
    process.off('exit', onExit)
    onExit()
  }
}

function read(file: string): Holder | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch {
    return null
  }
}

/** A holder on another machine (a shared disk) counts as alive: it cannot be asked from here. */
function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return true
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  // In containers process ids repeat from start to start: the same number with another birth is another process.
  return holder.processStartedAt === processStart(holder.pid)
}

/** When the process was born, in clock ticks since boot together with the boot's own id; null where /proc is absent. */
function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${ticks}`
  } catch {
    return null
  }
}

function inUse(folder: string, holder: Holder | null) {
  const who = holder
    ? `process ${holder.pid} on ${holder.host}, since ${holder.startedAt}`
    : 'another process that is starting now'
  return conflict(
    'data_folder_in_use',
    `The data folder ${resolve(folder)} is in use by ${who}. Stop that server, or give this one a folder of its own with INFRAZEN_DATA_DIR.` +
      (holder && holder.host !== hostname()
        ? ` If that machine no longer runs, delete ${join(resolve(folder), 'infrazen.lock')}.`
        : ''),
    { folder: resolve(folder), holder },
  )
}
