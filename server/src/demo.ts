import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from './app'
import type { Settings } from './config'
import { seedSampleCompany, startLiveTraffic } from './sample'

/** What the made-up company is, before any of its bills is in. */
export const sampleOrganization = {
  name: 'Sora Mobility',
  timeZone: 'Asia/Seoul',
  currency: 'USD',
  locale: 'en',
  sample: true,
} as const

const demoEmail = 'demo@infrazen.local'

/** Settings with an owner for the demo, where `INFRAZEN_BOOTSTRAP_*` names none. The password is made once for a data folder. */
export function withDemoOwner(settings: Settings): Settings {
  const { email, password, ...rest } = settings.bootstrap
  if (email !== null && password !== null) return settings
  return { ...settings, bootstrap: { ...rest, email: demoEmail, password: storedPassword(settings.storage.dataDir) } }
}

function storedPassword(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, 'demo-password')
  try {
    writeFileSync(file, randomBytes(12).toString('base64url'), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(file, 'utf8').trim()
}

/**
 * Fills the made-up company and keeps calls arriving, both through the server's own routes, like a customer's would.
 * Returns the function that stops it. Does nothing for an organization that is not marked as a sample.
 */
export async function runDemo(app: App, baseUrl: string, log: (line: string) => void): Promise<() => Promise<void>> {
  const credential = await app.sampleKey()
  if (credential === null) {
    log('This data folder belongs to a real organization: no sample data is added.')
    return async () => {}
  }
  const stopping = new AbortController()
  const target = { baseUrl, apiKey: credential.key, log }
  const traffic = startLiveTraffic(target)
  const seeding = seedSampleCompany({ ...target, signal: stopping.signal }).catch((error: unknown) => {
    if (!stopping.signal.aborted)
      log(`Sample data is not complete: ${error instanceof Error ? error.message : String(error)}`)
  })
  return async () => {
    stopping.abort()
    await Promise.all([traffic.stop(), seeding])
    await credential.revoke()
  }
}
