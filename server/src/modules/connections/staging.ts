import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** The rows of a slice as lines of JSON on disk, page after page, until all of them are there. */
export class Staging {
  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private length: number,
  ) {}

  /**
   * Opens the file of a run's slice at the length that its cursor belongs to. null: the file is not (or not whole) on this
   * machine, so the slice begins anew.
   */
  static async resume(folder: string, name: string, bytes: number): Promise<Staging | null> {
    const path = join(folder, `${name}.staged`)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const file = await open(path, bytes === 0 ? 'w+' : 'r+', 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (file === null) return null
    if ((await file.stat()).size < bytes) {
      await file.close()
      return null
    }
    // What a killed worker wrote behind its last stored cursor will be read again.
    await file.truncate(bytes)
    return new Staging(path, file, bytes)
  }

  /** Appends a page; on disk when this returns. The new length belongs into the run beside the page's cursor. */
  async append(rows: readonly unknown[]): Promise<number> {
    if (rows.length > 0) {
      const text = Buffer.from(`${rows.map((row) => JSON.stringify(row)).join('\n')}\n`)
      await this.file.write(text, 0, text.length, this.length)
      await this.file.datasync()
      this.length += text.length
    }
    return this.length
  }

  async *lines(): AsyncGenerator<string> {
    const input = createReadStream(this.path, { end: Math.max(0, this.length - 1) })
    if (this.length === 0) {
      input.destroy()
      return
    }
    try {
      for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
        if (line !== '') yield line
    } finally {
      input.destroy()
    }
  }

  async close(): Promise<void> {
    await this.file.close()
  }

  async remove(): Promise<void> {
    await this.file.close().catch(() => {})
    await rm(this.path, { force: true })
  }
}

/** Removes what a run that ended left behind. */
export async function removeStaged(folder: string, runId: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => []))
    if (name.startsWith(runId)) await rm(join(folder, name), { force: true })
}
