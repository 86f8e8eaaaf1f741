import type { Check } from './connector'
import { ProviderFailure } from './failure'

/** Tries what a right allows. A refusal becomes the answer; whatever else goes wrong leaves the right unknown. */
export async function tryRight(right: string, work: () => Promise<unknown>): Promise<Check> {
  try {
    await work()
    return { right, state: 'works', code: 'ok', message: '' }
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    const refused = error.code === 'unauthorized' || error.code === 'forbidden' || error.code === 'not_found'
    return { right, state: refused ? 'missing' : 'unknown', code: error.code, message: error.message }
  }
}
