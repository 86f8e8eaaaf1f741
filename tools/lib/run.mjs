import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the checkout, with a slash at its end. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Runs a program to its end and shows its output. Resolves with the exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? (signal ? 128 : 1)))
  })
}

/** Runs a program and keeps its output, to be shown only when something went wrong. */
export function runQuietly(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options })
    let output = ''
    child.stdout.on('data', (data) => {
      output += data
    })
    child.stderr.on('data', (data) => {
      output += data
    })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code: code ?? (signal ? 128 : 1), output }))
  })
}

/** One line for the person who waits; goes to stderr, so that a command's own output stays clean. */
export function say(line) {
  process.stderr.write(`${line}\n`)
}

/** Says `line`, then a sign of life every ten seconds until the work is done. */
export async function withSigns(line, work) {
  const start = Date.now()
  say(`${line} …`)
  const timer = setInterval(() => say(`  … ${Math.round((Date.now() - start) / 1000)} s`), 10_000)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}

export function fail(message) {
  say(message)
  process.exit(1)
}
