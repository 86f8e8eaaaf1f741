import { join } from 'node:path'
import { readSettings } from '../config'
import { createSealer, rotateSecrets } from '../modules/connections'
import { lockFolder, migratePostgres, openPostgres } from '../storage/postgres'

/** `infrazen secrets rotate`: seals every connection's credentials with INFRAZEN_SECRET_KEY. Returns 1 when some could not be opened. */
export async function rotateSealedSecrets(): Promise<number> {
  const settings = readSettings(process.env)
  const { dataDir, databaseUrl } = settings.storage
  // The embedded database belongs to one process: stop the server first. With a PostgreSQL server it may run.
  const release = databaseUrl === null ? lockFolder(dataDir) : () => {}
  try {
    const postgres = await openPostgres(
      databaseUrl === null ? { path: join(dataDir, 'postgres') } : { url: databaseUrl },
    )
    try {
      await migratePostgres(postgres)
      const sealer = createSealer(settings.secretKey(), settings.connections.previousSecretKeys)
      const { resealed, current, unreadable } = await rotateSecrets(postgres, sealer)
      process.stdout.write(`${resealed} sealed with the new key, ${current} already were.\n`)
      if (unreadable.length === 0) return 0
      process.stdout.write(
        `Could not be opened: ${unreadable.join(', ')}. Name the key that sealed them in INFRAZEN_PREVIOUS_SECRET_KEYS, or enter their credentials again.\n`,
      )
      return 1
    } finally {
      await postgres.close()
    }
  } finally {
    release()
  }
}
