import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readSettings } from '../config'
import { conflict, invalid } from '../primitives/errors'
import { lockFolder, restoreEmbeddedPostgres } from '../storage/postgres'

/**
 * `infrazen restore SNAPSHOT`: puts a daily copy in the place of the embedded database, while no server runs. What was
 * there is kept beside it. Returns 0.
 */
export async function restore(
  args: string[],
  env: Record<string, string | undefined> = process.env,
  print: (line: string) => void = (line) => process.stdout.write(`${line}\n`),
): Promise<number> {
  const [given] = args
  if (!given) throw invalid('no_snapshot', 'Name a file of the snapshots folder: infrazen restore SNAPSHOT')
  const { dataDir, databaseUrl } = readSettings(env).storage
  if (databaseUrl !== null)
    throw conflict(
      'not_embedded',
      'INFRAZEN_DATABASE_URL names a server: restore its backup with its own tools, for example pg_restore.',
    )
  const file = [resolve(given), join(dataDir, 'snapshots', given)].find(existsSync)
  if (!file)
    throw invalid('no_snapshot', `There is no file ${given}, neither here nor in ${join(dataDir, 'snapshots')}.`)
  const release = lockFolder(dataDir)
  try {
    const before = await restoreEmbeddedPostgres(join(dataDir, 'postgres'), file)
    print(`The database is the one of ${file}. Start the server.`)
    if (before) print(`What was there before is kept in ${before}; put it back to undo, or delete it.`)
    return 0
  } finally {
    release()
  }
}
