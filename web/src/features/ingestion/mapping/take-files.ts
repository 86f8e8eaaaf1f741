import type { Proposal } from '@server/modules/ingestion/contract'
import { useSyncExternalStore } from 'react'
import { api } from '../../../api'
import { uploadFiles } from '../uploads'

/** A file whose columns no format knows: its beginning, and what they probably mean. */
export type UnknownFile = {
  key: number
  file: File
  connection: string
  head: string
  whole: boolean
  proposal: Proposal
}

// The more of a file is read, the more the sums say; this much is read and answered at once.
const headBytes = 1_500_000
let unknown: readonly UnknownFile[] = []
let nextKey = 1
const listeners = new Set<() => void>()

export function useUnknownFiles(): readonly UnknownFile[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => unknown,
  )
}

/** Uploads what some format knows; keeps CSV of nobody's format until a person has told what its columns mean. */
export async function takeFiles(files: readonly File[], connection: string): Promise<void> {
  for (const file of files) {
    const found = await lookAt(file).catch(() => null)
    if (found === null || found.proposal.recognised !== null) uploadFiles([file], { connection })
    else set([...unknown, { ...found, key: nextKey++, file, connection }])
  }
}

export function forgetFile(key: number): void {
  set(unknown.filter((one) => one.key !== key))
}

/** Null for what is not plain text: the server tells that apart, and refuses it in its own words. */
async function lookAt(file: File): Promise<Pick<UnknownFile, 'head' | 'whole' | 'proposal'> | null> {
  const start = new Uint8Array(await file.slice(0, 4).arrayBuffer())
  if (start.length === 0 || start[0] === 0x1f || start[0] === 0x28 || (start[0] === 0x50 && start[1]! < 0x5b))
    return null
  const whole = file.size <= headBytes
  const text = new TextDecoder('utf-8').decode(await file.slice(0, headBytes).arrayBuffer(), { stream: !whole })
  const head = whole ? text : text.slice(0, text.lastIndexOf('\n') + 1)
  if (head.trim() === '' || head.includes('\0')) return null
  return { head, whole, proposal: await api<Proposal>('/api/v1/mappings/propose', { body: { head } }) }
}

function set(next: readonly UnknownFile[]) {
  unknown = next
  for (const listener of listeners) listener()
}
