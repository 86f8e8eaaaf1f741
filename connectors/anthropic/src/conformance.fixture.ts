import type { ConformanceSubject } from '@infrazen/connector-kit/testing'
import anthropic from './index'
import { startAnthropic, tokensOf, totalDollars } from './stand-in.fixture'

const from = new Date('2026-10-20T00:00:00Z')
const to = new Date('2026-11-05T00:00:00Z')

let written = 0n
for (let hour = from.getTime() / 3_600_000; hour < to.getTime() / 3_600_000; hour++)
  if (hour % 8 === 2) written += BigInt(tokensOf(hour).cache_creation.ephemeral_1h_input_tokens)

const subjectOf = (reports: 'analytics' | 'legacy'): ConformanceSubject => ({
  connector: anthropic,
  variant: reports === 'analytics' ? 'analytics reports' : 'older reports',
  async start() {
    const { standIn, credentials } = await startAnthropic({ now: () => to.getTime() })
    return { standIn, credentials: { ...credentials, reports } }
  },
  from,
  to,
  now: new Date('2026-11-05T10:00:00Z'),
  billed: { USD: totalDollars(from, to) },
  units: { 'input.text.cache_write_1h': written.toString(), 'input.text.cache_write': (16n * 5000n).toString() },
  field: 'data',
  fixtureSource:
    'shapes of the vendor’s usage, cost and Claude Code guides and of @anthropic-ai/sdk 1.12; ids, names and amounts are made up.',
})

/** Anthropic beside its stand-in, for either generation of its reports. */
export default [subjectOf('analytics'), subjectOf('legacy')]
