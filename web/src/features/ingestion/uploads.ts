import type { ImportQuery } from '@server/modules/ingestion/contract'
import { useSyncExternalStore } from 'react'

export type Upload = {
  key: number
  name: string
  size: number
  sent: number
  state: 'waiting' | 'sending' | 'done' | 'failed'
  importId: string | null
  problem: { code: string; message: string } | null
  file: File
  query: ImportQuery
}

// Uploads live outside the page: leaving it does not stop them.
let uploads: readonly Upload[] = []
let nextKey = 1
let sending = false
const listeners = new Set<() => void>()
const finished = new Set<(upload: Upload) => void>()

/** Uploads of this visit that are not done, the oldest first. */
export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => uploads,
  )
}

/** Sends files one after another as raw bytes to `POST /api/v1/imports`. */
export function uploadFiles(files: Iterable<File>, query: ImportQuery): void {
  set([
    ...uploads,
    ...[...files].map(
      (file): Upload => ({
        key: nextKey++,
        name: file.name,
        size: file.size,
        sent: 0,
        state: 'waiting',
        importId: null,
        problem: null,
        file,
        query,
      }),
    ),
  ])
  pump()
}

export function retryUpload(key: number): void {
  change(key, { state: 'waiting', sent: 0, problem: null })
  pump()
}

export function dismissUpload(key: number): void {
  set(uploads.filter((upload) => upload.key !== key))
}

/** Calls back with each upload that the server has accepted. */
export function onUploaded(listener: (upload: Upload) => void): () => void {
  finished.add(listener)
  return () => finished.delete(listener)
}

function pump() {
  if (sending) return
  const next = uploads.find((upload) => upload.state === 'waiting')
  if (!next) return
  sending = true
  change(next.key, { state: 'sending' })
  const request = new XMLHttpRequest()
  const query = new URLSearchParams({ format: 'auto', fileName: next.name })
  for (const [name, value] of Object.entries(next.query))
    if (value !== undefined && value !== '') query.set(name, String(value))
  request.open('POST', `/api/v1/imports?${query}`)
  request.setRequestHeader('content-type', 'application/octet-stream')
  // Only fetch and XMLHttpRequest differ here: the latter tells how much has been sent.
  request.upload.onprogress = (event) => change(next.key, { sent: event.loaded })
  request.onload = () => {
    const answer = readAnswer(request.responseText)
    if (request.status === 202 || request.status === 200) {
      const done = { ...next, state: 'done' as const, importId: answer.id ?? null }
      set(uploads.filter((upload) => upload.key !== next.key))
      for (const listener of finished) listener(done)
    } else
      change(next.key, {
        state: 'failed',
        problem: { code: answer.code ?? '', message: answer.detail ?? answer.title ?? `HTTP ${request.status}` },
      })
    sending = false
    pump()
  }
  request.onerror = () => {
    change(next.key, { state: 'failed', problem: null })
    sending = false
    pump()
  }
  request.send(next.file)
}

type Answer = { id?: string; code?: string; detail?: string; title?: string }

function readAnswer(text: string): Answer {
  try {
    return JSON.parse(text) as Answer
  } catch {
    return {}
  }
}

function change(key: number, patch: Partial<Upload>) {
  set(uploads.map((upload) => (upload.key === key ? { ...upload, ...patch } : upload)))
}

function set(next: readonly Upload[]) {
  uploads = next
  for (const listener of listeners) listener()
}
